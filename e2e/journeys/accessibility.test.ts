import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { findViolations } from '../support/find-violations.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn, untilKeysWork } from '../support/site.ts'

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of [
    ['a desktop', { width: 1280, height: 800 }],
    ['a phone', { width: 360, height: 740 }],
  ] as const) {
    test(`every page is accessible in ${colorScheme} on ${device}`, async () => {
      await using site = await openSite()
      const { server, admin } = site
      const rootId = await admin.rootId()
      const nodeId = await admin.createText(rootId, 'notes.md')
      await admin.put(
        `/nodes/${nodeId}/content`,
        '# Notes\n\n- [a link](https://example.com)\n\n```ts\nconst a = 1\n```\n',
      )
      await admin.post(`/nodes/${nodeId}/versions`, { name: 'The first' })
      const bob = await admin.addEditor('bob')
      const shareWith = (email: string) => ({ subject: { kind: 'user', email }, role: 'viewer' })
      await admin.putJson(`/nodes/${nodeId}/grants`, shareWith('bob@example.com'))
      const { items: spaces } = await bob.get<{ items: { role: string; rootId: string }[] }>(
        '/spaces',
      )
      const bobsRoot = spaces.find(({ role }) => role === 'owner')?.rootId ?? ''
      const bobsId = await bob.createText(bobsRoot, 'bobs.md')
      await bob.putJson(`/nodes/${bobsId}/grants`, shareWith(adminAccount.email))
      await using ada = await openBrowser({ colorScheme, viewport })
      const { page } = ada
      const found: Record<string, string[]> = {}
      await page.goto(server.url)
      await page.getByLabel('E-mail').waitFor()
      found['sign-in'] = await findViolations(page)
      await signIn(page, server.url, adminAccount)
      await page.getByRole('row').filter({ hasText: 'notes.md' }).waitFor()
      await untilKeysWork(page)
      found['list'] = await findViolations(page)
      const { results } = await admin.post<{ results: { node: { id: string } }[] }>('/nodes/bulk', {
        operations: ['Reports', 'Trips'].map((name) => ({
          type: 'create',
          parentId: rootId,
          name,
          kind: 'folder',
        })),
      })
      const folderId = results[0]?.node.id ?? ''
      const spaceUrl = page.url()
      await page.getByRole('row').filter({ hasText: 'Trips' }).waitFor()
      await page.keyboard.press('Shift+I')
      await page.getByRole('complementary', { name: 'Details' }).waitFor()
      found['details'] = await findViolations(page)
      await page.getByRole('button', { name: 'Close the details' }).click()
      await page.getByRole('row').filter({ hasText: 'notes.md' }).focus()
      await page.keyboard.press('Shift+S')
      await page.getByRole('dialog').getByLabel('Role of Bob').waitFor()
      await page.getByRole('combobox', { name: 'Add people or groups' }).fill('b')
      await page.getByRole('option', { name: 'Bob' }).waitFor()
      found['share'] = await findViolations(page)
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.getByRole('row').filter({ hasText: 'notes.md' }).focus()
      await page.keyboard.press('Shift+M')
      await page.getByRole('dialog').getByRole('treeitem', { name: 'Trips' }).waitFor()
      found['move'] = await findViolations(page)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.getByRole('row').filter({ hasText: 'notes.md' }).focus()
      await page.keyboard.press('Control+Space')
      await page.keyboard.press('Space')
      await page.getByRole('dialog').getByText('a link').waitFor()
      found['quick look'] = await findViolations(page)
      await page.keyboard.press('Escape')
      await page.goto(`${spaceUrl}/folders/${folderId}`)
      await page.getByRole('heading', { name: 'Reports' }).waitFor()
      await page.getByRole('heading', { name: /start with a new document/i }).waitFor()
      found['folder'] = await findViolations(page)
      await page.goto(`${spaceUrl}/trash`)
      await page.getByRole('heading', { name: 'The trash is empty' }).waitFor()
      await admin.delete(`/nodes/${folderId}`)
      await page.getByRole('listitem').filter({ hasText: 'Reports' }).waitFor()
      found['trash'] = await findViolations(page)
      await page.goto(`${spaceUrl}/settings`)
      await page.getByLabel('Days in the trash').fill('0')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Give a whole number of days').waitFor()
      found['settings'] = await findViolations(page)
      await page.goto(`${server.url}/shared`)
      await page.getByRole('link', { name: 'bobs.md' }).waitFor()
      found['shared'] = await findViolations(page)
      await page.goto(`${server.url}/account`)
      await page.getByText('This one').waitFor()
      await page.getByRole('button', { name: 'Turn on' }).click()
      await page.getByRole('dialog').getByText('Scan this').waitFor()
      found['two factors'] = await findViolations(page)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      found['account'] = await findViolations(page)
      await page.goto(`${server.url}/admin/users`)
      await page.getByText('Ada (you)').waitFor()
      found['users'] = await findViolations(page)
      await page.goto(`${server.url}/admin/apps`)
      await page.getByText('CloudSync command line').waitFor()
      found['apps'] = await findViolations(page)
      await page.getByRole('button', { name: 'New app' }).click()
      await page.getByLabel('Redirect URIs').waitFor()
      found['new app'] = await findViolations(page)
      await admin.post('/admin/groups', { name: 'Night watch' })
      for (const room of ['groups', 'roles', 'spaces', 'sessions', 'policies', 'keys']) {
        await page.goto(`${server.url}/admin/${room}`)
        await page
          .getByRole('list')
          .or(page.getByRole('radio', { name: 'Nobody' }))
          .first()
          .waitFor()
        found[room] = await findViolations(page)
      }
      await page.goto(`${server.url}/admin/groups`)
      await page.getByRole('button', { name: 'Members of Night watch' }).click()
      await page.getByLabel('Add somebody').fill('ada')
      await page.getByRole('button', { name: 'Add Ada' }).waitFor()
      found['group members'] = await findViolations(page)
      await page.goto(`${server.url}/files/${nodeId}`)
      await page.locator('.cm-content').waitFor()
      found['editor'] = await findViolations(page)
      await page.getByRole('button', { name: 'Versions' }).click()
      await page.getByText('The first').waitFor()
      found['versions'] = await findViolations(page)
      await page.goto(`${server.url}/files/00000000-0000-7000-8000-000000000000`)
      await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
      found['nothing here'] = await findViolations(page)
      assert.deepEqual(found, {
        'sign-in': [],
        list: [],
        details: [],
        share: [],
        move: [],
        'quick look': [],
        folder: [],
        trash: [],
        settings: [],
        shared: [],
        'two factors': [],
        account: [],
        users: [],
        apps: [],
        'new app': [],
        groups: [],
        roles: [],
        spaces: [],
        sessions: [],
        policies: [],
        keys: [],
        'group members': [],
        editor: [],
        versions: [],
        'nothing here': [],
      })
      assert.deepEqual(
        ada.complaints.filter((complaint) => !complaint.includes('404')),
        [],
      )
    })
  }
}
