import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import type { ApiClient } from '../support/api-client.ts'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn, untilKeysWork } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

interface Listed {
  readonly id: string
  readonly name: string
  readonly kind: string
}

function row(page: Page, name: string) {
  return page.locator("[role='row'][data-id]").filter({ hasText: name })
}

function folderInSidebar(page: Page, name: string) {
  return page.getByRole('navigation', { name: 'Spaces' }).getByRole('treeitem', { name })
}

async function select(page: Page, name: string): Promise<void> {
  await row(page, name).click({ position: { x: 300, y: 18 } })
}

async function showsRows(page: Page, names: readonly string[]): Promise<void> {
  const shown = () => page.locator("[role='row'][data-id] a").allTextContents()
  await waitFor(`the list shows ${names.join(', ')}`, async () => {
    return JSON.stringify(await shown()) === JSON.stringify(names)
  }).catch(async (error: unknown) => {
    throw new Error(`It shows ${(await shown()).join(', ')}`, { cause: error })
  })
}

async function has(client: ApiClient, folderId: string, names: readonly string[]): Promise<void> {
  await waitFor(`the server has ${names.join(', ')}`, async () => {
    const { items } = await client.get<{ items: Listed[] }>(`/nodes/${folderId}/children`)
    return JSON.stringify(items.map(({ name }) => name).toSorted()) === JSON.stringify(names)
  })
}

test('files are moved and copied to another space by dragging, by the dialog and by cut and paste', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const rootId = await admin.rootId()
  const team = await admin.post<{ id: string; rootId: string }>('/spaces', { name: 'Team' })
  const makeFolder = (parentId: string, name: string) =>
    admin.post<{ id: string }>('/nodes', { parentId, name, kind: 'folder' })
  const plans = await makeFolder(team.rootId, 'Plans')
  const box = await makeFolder(rootId, 'Box')
  await admin.createText(box.id, 'inside.md')
  for (const name of ['a.md', 'b.md', 'c.md']) await admin.createText(rootId, name)
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  await showsRows(page, ['Box', 'a.md', 'b.md', 'c.md'])
  await untilKeysWork(page)

  // Onto a space, with all that lies below, and back by the keys.
  await row(page, 'Box').dragTo(folderInSidebar(page, 'Team'))
  await showsRows(page, ['a.md', 'b.md', 'c.md'])
  await page.getByText('Box moved to Team').waitFor()
  await has(admin, team.rootId, ['Box', 'Plans'])
  await page.keyboard.press('Control+z')
  await showsRows(page, ['Box', 'a.md', 'b.md', 'c.md'])
  await has(admin, rootId, ['Box', 'a.md', 'b.md', 'c.md'])
  await page.keyboard.press('Control+Shift+z')
  await showsRows(page, ['a.md', 'b.md', 'c.md'])
  await has(admin, team.rootId, ['Box', 'Plans'])

  // By the dialog, into a folder of the other space.
  await select(page, 'a.md')
  await page.keyboard.press('Shift+M')
  const dialog = page.getByRole('dialog', { name: 'Move a.md' })
  const inDialog = (name: string) => dialog.getByRole('treeitem', { name })
  await inDialog('Team').focus()
  await page.keyboard.press('ArrowRight')
  await inDialog('Plans').click()
  await dialog.getByText('Only members of Team will see it.').waitFor()
  await dialog.getByRole('button', { name: 'Move to Plans' }).click()
  await showsRows(page, ['b.md', 'c.md'])
  await has(admin, plans.id, ['a.md'])

  // A copy by dragging with Ctrl, and by the dialog.
  await page.keyboard.down('Control')
  await row(page, 'b.md').dragTo(folderInSidebar(page, 'Team'))
  await page.keyboard.up('Control')
  await page.getByText('b.md copied to Team').waitFor()
  await has(admin, team.rootId, ['Box', 'Plans', 'b.md'])
  await has(admin, rootId, ['b.md', 'c.md'])

  // What the other space has already is told, and offered beside it.
  await row(page, 'b.md').dragTo(folderInSidebar(page, 'Team'))
  await page.getByText('b.md was not moved').waitFor()
  await showsRows(page, ['b.md', 'c.md'])
  await page.getByRole('button', { name: 'Keep both' }).click()
  await showsRows(page, ['c.md'])
  await has(admin, team.rootId, ['Box', 'Plans', 'b (2).md', 'b.md'])

  // Cut here, pasted there: the list shows it at once, and its folders are all there.
  await select(page, 'c.md')
  await page.keyboard.press('Control+x')
  await folderInSidebar(page, 'Team').click()
  await showsRows(page, ['Box', 'Plans', 'b (2).md', 'b.md'])
  await page.keyboard.press('Control+v')
  await showsRows(page, ['Box', 'Plans', 'b (2).md', 'b.md', 'c.md'])
  await has(admin, rootId, [])
  await row(page, 'Box').dblclick({ position: { x: 300, y: 18 } })
  await showsRows(page, ['inside.md'])
  assert.deepEqual(ada.complaints, [])
})

test('keys that come faster than the answers of a slow server take back and do again in their order', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const rootId = await admin.rootId()
  for (const name of ['a.md', 'b.md']) await admin.createText(rootId, name)
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  await showsRows(page, ['a.md', 'b.md'])
  await untilKeysWork(page)

  // Nothing is answered before all is typed: what an answer must tell first cannot be taken back yet.
  const typed = Promise.withResolvers<undefined>()
  await page.route('**/api/v1/nodes/**', async (route) => {
    await typed.promise
    await route.continue()
  })
  await select(page, 'a.md')
  await page.keyboard.press('Delete')
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+Shift+z')
  typed.resolve(undefined)
  await page.getByText(/^Done again: /).waitFor()
  await showsRows(page, ['b.md'])
  await has(admin, rootId, ['b.md'])
  assert.deepEqual(ada.complaints, [])
})

test('what may not leave a space, or not enter one, stays where it is, and it is said why', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const viewer = { email: 'vera@example.com', password: 'the password of Vera' }
  await admin.post('/users', { ...viewer, name: 'Vera' })
  const team = await admin.post<{ id: string; rootId: string }>('/spaces', { name: 'Team' })
  const setRole = (role: string) =>
    admin.putJson(`/spaces/${team.id}/members`, { email: viewer.email, role })
  await setRole('viewer')
  await admin.createText(team.rootId, 'read.md')
  await using vera = await openBrowser()
  const { page } = vera
  await signIn(page, server.url, viewer)
  await folderInSidebar(page, 'Team').click()
  await showsRows(page, ['read.md'])

  // A viewer takes a copy along, and no more.
  const own = folderInSidebar(page, 'Vera')
  await row(page, 'read.md').dragTo(own)
  await page.getByText('read.md copied to Vera').waitFor()
  await showsRows(page, ['read.md'])
  await select(page, 'read.md')
  await untilKeysWork(page)
  await page.keyboard.press('Shift+C')
  const dialog = page.getByRole('dialog', { name: 'Copy read.md' })
  await dialog.getByRole('button', { name: /^Copy to Vera/ }).waitFor()
  assert.equal(await dialog.getByRole('treeitem').count(), 1)
  await page.keyboard.press('Escape')

  // The role is taken away, and the page has not heard of it: the list is as it was, with the reason.
  await setRole('editor')
  await page.reload()
  await page.getByRole('button', { name: 'New folder' }).waitFor()
  await showsRows(page, ['read.md'])
  await page.route('**/access', (route) => route.abort())
  await setRole('viewer')
  await row(page, 'read.md').dragTo(own)
  await page.getByText('read.md was not moved').waitFor()
  await showsRows(page, ['read.md'])
  await has(admin, team.rootId, ['read.md'])
})
