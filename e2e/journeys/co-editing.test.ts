import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, readEditor, readSaveState, signIn } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

const markdownFile = fileURLToPath(new URL('../../CONTRIBUTING.md', import.meta.url))

async function typeAtEnd(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(text, { delay: 8 })
}

async function typeAtStart(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type(text, { delay: 8 })
}

/** The first line and the last one are in the viewport only when the caret is there. */
async function firstLine(page: Page): Promise<string> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+Home')
  return (await readEditor(page)).split('\n')[0] ?? ''
}

async function isSaved(page: Page): Promise<boolean> {
  return (await readSaveState(page)) === 'Saved'
}

test('two people edit a real Markdown file, through a lost network and a killed server', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const bobsApi = await admin.addEditor('bob')
  const bobsAccount = { email: 'bob@example.com', password: 'the password of bob' }
  await using ada = await openBrowser()
  await using bob = await openBrowser({ colorScheme: 'dark' })

  // Ada signs in and uploads the file.
  await signIn(ada.page, server.url, adminAccount)
  await ada.page.getByLabel('Files to upload').first().setInputFiles(markdownFile)
  const row = ada.page.getByRole('row').filter({ hasText: 'CONTRIBUTING.md' })
  await row.waitFor()
  const children = await admin.get<{ items: { id: string; name: string }[] }>(
    `/nodes/${await admin.rootId()}/children`,
  )
  const nodeId = children.items.find((item) => item.name === 'CONTRIBUTING.md')?.id
  assert.ok(nodeId)
  const original = await readFile(markdownFile)
  assert.deepEqual(Buffer.from(await admin.bytes(`/nodes/${nodeId}/content`)), original)

  // Both open it.
  await row.dblclick()
  await ada.page.locator('.cm-content').waitFor()
  await signIn(bob.page, server.url, bobsAccount)
  await bob.page.goto(`${server.url}/files/${nodeId}`)
  await bob.page.locator('.cm-content').waitFor()

  // Both type, and see each other.
  await typeAtStart(ada.page, 'Ada was here. ')
  await waitFor('Bob sees it', async () => (await firstLine(bob.page)).startsWith('Ada was here. '))
  await typeAtStart(bob.page, 'Bob too. ')
  await waitFor('Ada sees it', async () =>
    (await firstLine(ada.page)).startsWith('Bob too. Ada was here. '),
  )
  await ada.page.getByRole('list', { name: 'People here' }).getByLabel(/bob/i).waitFor()
  await ada.page.locator('.cm-remoteCarets > *').first().waitFor({ state: 'attached' })
  await waitFor(
    'both are saved',
    async () => (await isSaved(ada.page)) && (await isSaved(bob.page)),
  )

  // The server is killed in mid-word; both go on typing.
  await typeAtEnd(ada.page, '\nAda before the kill')
  await server.kill()
  await typeAtEnd(ada.page, ' and after it')
  await typeAtStart(bob.page, 'Bob without a server. ')
  await waitFor('Bob is told', async () =>
    /changes? on this device/.test(await readSaveState(bob.page)),
  )
  await server.start()
  await waitFor(
    'both are saved again',
    async () => (await isSaved(ada.page)) && (await isSaved(bob.page)),
    60_000,
  )

  // Bob loses his network; both type; it comes back.
  await bob.context.setOffline(true)
  await typeAtStart(bob.page, 'Bob offline. ')
  await waitFor('Bob is told again', async () =>
    /^Offline, \d+ changes? on this device$/.test(await readSaveState(bob.page)),
  )
  await typeAtEnd(ada.page, '\nAda meanwhile')
  await bob.context.setOffline(false)
  await waitFor(
    'both are saved at last',
    async () => (await isSaved(ada.page)) && (await isSaved(bob.page)),
    60_000,
  )

  const text = new TextDecoder().decode(await bobsApi.bytes(`/nodes/${nodeId}/content`))
  assert.ok(
    text.startsWith('Bob offline. Bob without a server. Bob too. Ada was here. # Contributing'),
    text.slice(0, 120),
  )
  assert.ok(text.endsWith('\nAda before the kill and after it\nAda meanwhile'), text.slice(-120))
  await waitFor(
    'both show the same',
    async () => (await firstLine(ada.page)) === (await firstLine(bob.page)),
  )

  // A reload shows the same, from the server.
  await ada.page.reload()
  await ada.page.locator('.cm-content').waitFor()
  await waitFor('Ada sees it all', async () =>
    (await firstLine(ada.page)).startsWith('Bob offline. '),
  )
})

test('nothing is lost when the tab is closed right after "Saved" and the server is killed', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const nodeId = await admin.createText(await admin.rootId(), 'draft.md')
  {
    await using ada = await openBrowser()
    await signIn(ada.page, server.url, adminAccount)
    await ada.page.goto(`${server.url}/files/${nodeId}`)
    await typeAtEnd(ada.page, 'the last words')
    await waitFor('it is saved', () => isSaved(ada.page))
    await server.kill()
  }
  await server.start()
  assert.equal(
    new TextDecoder().decode(await admin.bytes(`/nodes/${nodeId}/content`)),
    'the last words',
  )
})
