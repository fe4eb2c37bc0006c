import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import type { ApiClient } from '../support/api-client.ts'
import { openBrowser, type Person } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn, untilKeysWork } from '../support/site.ts'

const hit = 'top.hit = 1'
const markup = `<img src=x onerror="${hit}">`
const webPage = `<!doctype html><script>${hit}</script>${markup}`
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" onload="${hit}"><script>${hit}</script></svg>`

const words = `# ${markup}

<script>${hit}</script>
<iframe srcdoc="<script>${hit}</script>"></iframe>

[a link](javascript:${hit}) ![a picture](x" onerror="${hit}) <javascript:${hit}>

[another]: data:text/html,<script>${hit}</script>
\`\`\`html
${webPage}
\`\`\`
`

/** What people could upload to run something in the browsers of others. A NUL makes it a file that is no text. */
const files: readonly (readonly [string, string, string])[] = [
  ['page.html', 'text/html', webPage],
  ['binary.html', 'text/html', `${webPage}\0`],
  ['drawing.svg', 'image/svg+xml', drawing],
  ['binary.svg', 'image/svg+xml', `${drawing}<!--\0-->`],
  ['words.md', 'text/markdown', words],
  ['picture.png', 'image/png', `${drawing}<!--\0-->`],
  ['code.js', 'text/javascript', hit],
  [`\${${hit}} {{${hit}}} &lt;img src=x onerror=${hit}&gt;.txt`, 'text/plain', webPage],
]

const row = (on: Page, name: string) =>
  on.locator("[role='row'][data-id]").filter({ hasText: name })

async function assertNothingRan({ context }: Person, where: string): Promise<void> {
  for (const each of context.pages())
    assert.equal(await each.evaluate('window.hit'), undefined, where)
}

/** The same bytes, where nothing keeps them from running: that the journey would notice. */
async function assertWouldRun({ context }: Person): Promise<void> {
  const unguarded = await context.newPage()
  await unguarded.setContent(webPage)
  assert.equal(await unguarded.evaluate('window.hit'), 1)
  await unguarded.close()
}

/** As an address of its own, as a link from anywhere would. */
async function openAlone(person: Person, url: string): Promise<void> {
  const alone = await person.context.newPage()
  // What is downloaded instead of shown breaks the navigation off.
  await alone.goto(url).catch(() => undefined)
  await assertNothingRan(person, url)
  await alone.close()
}

/** A person whose name is markup, and who may edit the first space of the administrator. */
async function addMarkupPerson(admin: ApiClient) {
  const account = { email: 'mallory@example.com', password: 'the password of mallory' }
  await admin.post('/users', { ...account, name: markup })
  await admin.putJson(`/spaces/${await admin.spaceId()}/members`, {
    email: account.email,
    role: 'editor',
  })
  return account
}

test('nothing that people upload, name or write runs in the browser of anybody', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const account = await addMarkupPerson(admin)
  await admin.patch(`/spaces/${await admin.spaceId()}`, { name: markup })
  await using ada = await openBrowser()
  await assertWouldRun(ada)
  await signIn(ada.page, server.url, adminAccount)
  await ada.page.getByRole('heading', { name: /Drop files here/ }).waitFor()
  await ada.page
    .getByLabel('Files to upload')
    .first()
    .setInputFiles(
      files.map(([name, mimeType, content]) => ({
        name,
        mimeType,
        buffer: Buffer.from(content),
      })),
    )
  await ada.page.getByRole('heading', { name: `${files.length} files uploaded` }).waitFor()
  const { items } = await admin.get<{ items: { id: string; name: string }[] }>(
    `/nodes/${await admin.rootId()}/children`,
  )
  assert.equal(items.length, files.length)

  await untilKeysWork(ada.page)
  // Each of them in a quick look, on its page, with its versions, and as an address of its own.
  for (const { id, name } of items) {
    // Beside the name, which is a link.
    await row(ada.page, name).getByRole('gridcell').first().click()
    await ada.page.keyboard.press('Space')
    await ada.page.getByRole('dialog', { name }).waitFor()
    await assertNothingRan(ada, `a quick look at ${name}`)
    await ada.page.keyboard.press('Escape')
    await row(ada.page, name).getByRole('link').click()
    await ada.page.getByRole('button', { name: 'Versions', exact: true }).click()
    await ada.page.getByRole('heading', { name: 'Versions' }).waitFor()
    await assertNothingRan(ada, `the page of ${name}`)
    await openAlone(ada, `${server.url}/api/v1/nodes/${id}/content`)
    await ada.page.getByRole('navigation', { name: 'Path' }).getByRole('link').first().click()
    await row(ada.page, name).waitFor()
  }

  // The name of a person, beside the text and at their cursor, and that of a version.
  const textId = items.find(({ name }) => name === 'words.md')?.id
  assert.ok(textId)
  await admin.post(`/nodes/${textId}/versions`, { name: markup })
  await using mallory = await openBrowser()
  await signIn(mallory.page, server.url, account)
  for (const { page: each } of [mallory, ada]) {
    await each.goto(`${server.url}/files/${textId}?panel=versions`)
    await each.locator('.cm-content').click()
    await each.keyboard.type('x')
  }
  await ada.page
    .getByRole('list', { name: 'People here' })
    .getByLabel(/onerror/)
    .waitFor()
  await ada.page.locator('.cm-remoteCarets > *').first().waitFor({ state: 'attached' })
  await ada.page
    .getByRole('link', { name: /onerror/ })
    .first()
    .click()
  await assertNothingRan(ada, 'a version with a name')
  await ada.page.goto(`${server.url}/files/${textId}`)
  await ada.page.locator('.cm-content').waitFor()

  // And what lies in the trash.
  for (const { id } of items) await admin.delete(`/nodes/${id}`)
  await ada.page.goto(`${server.url}/spaces/${await admin.spaceId()}/trash`)
  await ada.page.getByText('page.html').first().waitFor()
  await assertNothingRan(ada, 'the trash')
  await assertNothingRan(mallory, 'the browser of who did it')
  // Nor was anything kept from running at the last moment: the browser would complain of that.
  const refusals = [...ada.complaints, ...mallory.complaints].filter((text) =>
    /Content Security Policy|Refused/.test(text),
  )
  assert.deepEqual(refusals, [])
})

test('a name that would look as if it ended otherwise is shown as what it is, wherever it stands', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const parentId = await admin.rootId()
  const folder = { parentId, name: 'in\u200Bvoices', kind: 'folder' }
  const { id } = await admin.post<{ id: string }>('/nodes', folder)
  await admin.createText(id, 'photo\u202Egpj.exe')
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  await page.getByRole('treeitem', { name: 'in[U+200B]voices' }).waitFor()
  await row(page, 'in[U+200B]voices').getByRole('link').click()
  await page.getByRole('heading', { name: 'in[U+200B]voices' }).waitFor()
  const shown = 'photo[U+202E]gpj.exe'
  await row(page, shown).getByRole('link').click()
  await page.getByRole('heading', { name: shown }).waitFor()
  await page.getByRole('navigation', { name: 'Path' }).getByText('in[U+200B]voices').waitFor()
  assert.equal(await page.title(), `${shown} – CloudSync`)
  assert.deepEqual(ada.complaints, [])
})
