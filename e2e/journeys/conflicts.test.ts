import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { ApiClient } from '../support/api-client.ts'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, readEditor, readSaveState, signIn, untilKeysWork } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

/** No text: it has a NUL. */
const bytesOf = (words: string) => Buffer.from(`${words}\0`)
const [one, two, three] = [bytesOf('one'), bytesOf('two, longer'), bytesOf('three')]

/** A file that Carla replaced while Ada was at it, too. */
async function createClash(ada: ApiClient, carla: ApiClient, parentId: string, name: string) {
  const { id } = await ada.post<{ id: string }>('/nodes', { parentId, name, kind: 'blob' })
  const path = `/nodes/${id}/content`
  const ifOne = { 'if-match': `"${createHash('sha256').update(one).digest('hex')}"` }
  await ada.put(path, one)
  await carla.put(path, two, ifOne)
  await assert.rejects(ada.put(path, three, ifOne), /409.*content_conflict/)
  return id
}

test('who replaced a file at the same time decides which content stays, or keeps both', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const carla = await admin.addEditor('carla')
  await admin.patch(`/spaces/${await admin.spaceId()}`, { conflictPolicy: 'ask' })
  const rootId = await admin.rootId()
  const names = ['first.bin', 'later.bin', 'both.bin']
  const ids: string[] = []
  for (const name of names) ids.push(await createClash(admin, carla, rootId, name))

  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  const row = (name: string) => page.locator("[role='row'][data-id]").filter({ hasText: name })
  const details = page.getByRole('complementary', { name: 'Details' })
  const decide = async (name: string, choice: string) => {
    await row(name)
      .filter({ hasText: 'Conflict' })
      .click({ position: { x: 300, y: 10 } })
    // What was selected before may be in the panel still.
    await details.getByText(name, { exact: true }).waitFor()
    await details.getByRole('button', { name: 'Decide' }).click()
    await page.getByRole('dialog').getByRole('button', { name: choice }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await row(name).filter({ hasNotText: 'Conflict' }).first().waitFor()
  }
  await row('first.bin').click({ position: { x: 300, y: 10 } })
  await untilKeysWork(page)
  await page.keyboard.press('Shift+I')
  await decide('first.bin', 'Keep the first')
  await decide('later.bin', 'Take the later')
  await decide('both.bin', 'Keep both as files')
  await row('both (2).bin').waitFor()

  const contents = await Promise.all(ids.map((id) => admin.bytes(`/nodes/${id}/content`)))
  assert.deepEqual(
    contents.map((bytes) => Buffer.from(bytes)),
    [two, three, two],
  )
  await page.getByText('Conflict', { exact: true }).waitFor({ state: 'detached' })

  // The other side can be had again.
  await page.goto(`${server.url}/files/${ids[0]}?panel=versions`)
  await page.getByRole('button', { name: 'Restore version 4' }).click()
  await page.getByText('Version 4 is restored').waitFor()
  assert.deepEqual(Buffer.from(await admin.bytes(`/nodes/${ids[0]}/content`)), three)
  assert.deepEqual(ada.complaints, [])
})

test('a text that is replaced by other bytes while it is open stays in sight, with unsent words', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const id = await admin.createText(await admin.rootId(), 'notes.md')
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  await page.goto(`${server.url}/files/${id}`)
  await page.locator('.cm-content').click()
  await page.keyboard.type('sent')
  await waitFor('the words are saved', async () => (await readSaveState(page)) === 'Saved')
  await ada.context.setOffline(true)
  await waitFor('the page knows', async () => (await readSaveState(page)).startsWith('Offline'))
  await page.keyboard.type(' and unsent')
  await admin.put(`/nodes/${id}/content`, one)
  await ada.context.setOffline(false)

  await page.getByText('This file was replaced by one that is no text.').waitFor()
  await waitFor(
    'the page knows that it is no text',
    async () =>
      (await page.getByRole('button', { name: 'Show the file as it is now' }).count()) === 1,
  )
  assert.equal(await readEditor(page), 'sent and unsent')

  // Its versions are those of a file by now: to have, and to bring back.
  await page.getByRole('button', { name: 'Versions', exact: true }).click()
  const versions = page.getByRole('complementary', { name: 'Versions' })
  await versions.getByText('As it is now').waitFor()
  await versions.getByRole('button', { name: 'Restore version 1' }).waitFor()
  assert.equal(await versions.getByRole('button', { name: 'Keep this version' }).count(), 0)
  await versions.getByRole('button', { name: 'Close the versions' }).click()
  await versions.waitFor({ state: 'detached' })

  await page.getByRole('button', { name: 'Show the file as it is now' }).click()
  await page.getByText('A text of yours could not be saved').waitFor()
  await page
    .getByRole('main')
    .getByRole('button', { name: 'Download', exact: true })
    .first()
    .waitFor()
})

test('a version that is in sight when its text is replaced gives way to the versions of the file', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const id = await admin.createText(await admin.rootId(), 'notes.md')
  await admin.put(`/nodes/${id}/content`, 'the words')
  await admin.post(`/nodes/${id}/versions`, { name: 'The draft' })
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  await page.goto(`${server.url}/files/${id}/versions/1?panel=versions`)
  await page.getByRole('article', { name: 'The draft' }).waitFor()
  // What the page has not loaded before cannot stay in sight.
  await waitFor('the text is loaded', async () => (await readSaveState(page)) === 'Saved')
  await admin.put(`/nodes/${id}/content`, one)

  const versions = page.getByRole('complementary', { name: 'Versions' })
  await versions.getByText('As it is now').waitFor()
  await page.getByRole('article').waitFor({ state: 'detached' })
  await waitFor('the text stays', async () => (await readEditor(page)) === 'the words')
  await versions.getByRole('button', { name: 'Restore version 1' }).click()
  await page.getByText('Version 1 is restored').waitFor()
  await page.getByRole('button', { name: 'Show the file as it is now' }).click()
  await waitFor('it is a text again', async () => (await readSaveState(page)) === 'Saved')
  assert.equal(await readEditor(page), 'the words')
  assert.deepEqual(ada.complaints, [])
})

test('who renames or moves what somebody else has renamed or moved meanwhile decides which holds', async () => {
  await using site = await openSite()
  const { server, admin } = site
  const carla = await admin.addEditor('carla')
  await admin.patch(`/spaces/${await admin.spaceId()}`, { conflictPolicy: 'ask' })
  const rootId = await admin.rootId()
  const id = await admin.createText(rootId, 'plan.md')
  const makeFolder = (name: string) =>
    admin.post<{ id: string }>('/nodes', { parentId: rootId, name, kind: 'folder' })
  const [attic, cellar] = [await makeFolder('Attic'), await makeFolder('Cellar')]
  const read = () => admin.get<{ name: string; parentId: string }>(`/nodes/${id}`)

  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, server.url, adminAccount)
  const row = (name: string) => page.locator("[role='row'][data-id]").filter({ hasText: name })
  const offer = page.getByRole('status').getByRole('button', { name: 'Decide' })
  const decide = async (choice: string, sides: readonly string[]) => {
    await offer.click()
    for (const side of sides) {
      await page.getByRole('dialog').getByText(side, { exact: true }).waitFor()
    }
    await page.getByRole('dialog').getByRole('button', { name: choice }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  const startRename = async (name: string) => {
    await row(name).click({ position: { x: 300, y: 10 } })
    await untilKeysWork(page)
    await page.keyboard.press('F2')
    await page.getByLabel(`New name of ${name}`).waitFor()
  }

  // Carla is faster, while Ada is at the name: she has not seen it.
  await startRename('plan.md')
  await carla.patch(`/nodes/${id}`, { name: 'plan of Carla.md' })
  await page.keyboard.type('plan of Ada')
  await page.keyboard.press('Enter')
  await page.getByText('plan.md was not renamed: Somebody moved or renamed it').waitFor()
  // A message stays in sight as long as somebody points at it.
  await offer.hover()
  await row('plan of Carla.md').filter({ hasText: 'Conflict' }).waitFor()
  assert.equal((await read()).name, 'plan of Carla.md')
  await decide('Take the later', ['carla: named “plan of Carla.md”', 'Ada: named “plan of Ada.md”'])
  await row('plan of Ada.md').filter({ hasNotText: 'Conflict' }).waitFor()
  assert.equal((await read()).name, 'plan of Ada.md')

  // What she has seen is hers to change.
  await startRename('plan of Ada.md')
  await page.keyboard.type('plan')
  await page.keyboard.press('Enter')
  await waitFor('it has its name', async () => (await read()).name === 'plan.md')

  // The same for a move, and for what is taken back.
  await row('plan.md').click({ position: { x: 300, y: 10 } })
  await page.keyboard.press('Shift+M')
  await page.getByRole('dialog').getByRole('treeitem', { name: 'Attic' }).click()
  await carla.patch(`/nodes/${id}`, { parentId: cellar.id })
  await row('plan.md').waitFor({ state: 'detached' })
  await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click()
  await page.getByText('plan.md was not moved: Somebody moved or renamed it').waitFor()
  await decide('Keep the first', ['carla: in Cellar', 'Ada: in Attic'])
  assert.equal((await read()).parentId, cellar.id)
  assert.notEqual((await read()).parentId, attic.id)
  assert.deepEqual(ada.complaints, [
    'Failed to load resource: the server responded with a status of 409 (Conflict)',
  ])
})
