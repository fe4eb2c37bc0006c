import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, readEditor, readSaveState, untilKeysWork } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

/** What has the focus, as a screen reader would call it. */
async function readFocus(page: Page): Promise<string> {
  const focused = page.locator(':focus')
  if ((await focused.count()) === 0) return 'nothing'
  return (await focused.getAttribute('aria-label')) ?? (await focused.textContent()) ?? ''
}

async function tabTo(page: Page, name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let press = 1; press <= 25; press += 1) {
    await page.keyboard.press(key)
    if (name.test(await readFocus(page))) return
  }
  assert.fail(`${key} does not lead to ${name.source}; it has led to ${await readFocus(page)}`)
}

function focusBecomes(page: Page, name: RegExp): Promise<void> {
  return waitFor(`the focus is on ${name.source}`, async () => name.test(await readFocus(page)))
}

test('a person writes, renames, trashes and takes it back without a mouse', async () => {
  await using site = await openSite()
  const { server, admin } = site
  await admin.createText(await admin.rootId(), 'zebra.md')
  await using ada = await openBrowser()
  const { page } = ada

  // The first field has the focus.
  await page.goto(server.url)
  await focusBecomes(page, /^$/)
  await page.keyboard.type(adminAccount.email)
  await page.keyboard.press('Tab')
  await page.keyboard.type(adminAccount.password)
  await page.keyboard.press('Enter')
  await page.getByRole('row').filter({ hasText: 'zebra.md' }).waitFor()

  // A new document opens with the caret in it.
  await untilKeysWork(page)
  await page.keyboard.press('n')
  await focusBecomes(page, /name/i)
  await page.keyboard.type('plan')
  await page.keyboard.press('Enter')
  await focusBecomes(page, /Text of plan\.md/)
  await page.keyboard.type('one')
  await page.keyboard.press('Tab')
  assert.match(await readEditor(page), /^\s*one\s*$/)
  await waitFor('it is saved', async () => (await readSaveState(page)) === 'Saved')

  // Tab indents; Escape and Tab lead out of the editor, to its menu.
  await page.keyboard.press('Escape')
  await tabTo(page, /^File actions$/, 'Shift+Tab')
  await page.keyboard.press('Enter')
  await focusBecomes(page, /^Rename$/)
  await page.keyboard.press('Enter')
  await focusBecomes(page, /^New name of plan\.md$/)
  await page.keyboard.type('agenda')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'agenda.md' }).waitFor()
  await focusBecomes(page, /^File actions$/)

  // In the list: a name by F2, the trash by Delete, and back.
  await tabTo(page, /^Ada's files$/, 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('row').filter({ hasText: 'agenda.md' }).waitFor()
  await tabTo(page, /^agenda\.md/)
  await page.keyboard.press('F2')
  await focusBecomes(page, /^New name of agenda\.md$/)
  await page.keyboard.type('minutes')
  await page.keyboard.press('Enter')
  await focusBecomes(page, /^minutes\.md/)
  await page.keyboard.press('Delete')
  await focusBecomes(page, /^zebra\.md/)
  await page.getByText('minutes.md moved to the trash').waitFor()
  await page.keyboard.press('Control+z')
  await page.getByRole('row').filter({ hasText: 'minutes.md' }).waitFor()
  assert.deepEqual(ada.complaints, [])
})
