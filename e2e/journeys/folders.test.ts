import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn, untilKeysWork } from '../support/site.ts'
import { waitFor } from '../support/wait-for.ts'

/** A row of the list; the rows of the sidebar are tree items. */
function row(page: Page, name: string) {
  return page.locator("[role='row'][data-id]").filter({ hasText: name })
}

async function rowNames(page: Page): Promise<string[]> {
  return page.locator("[role='row'][data-id] a").allTextContents()
}

async function showsRows(page: Page, names: readonly string[]): Promise<void> {
  await waitFor(
    `the list shows ${names.join(', ')}`,
    async () => JSON.stringify(await rowNames(page)) === JSON.stringify(names),
    10_000,
  ).catch(async (error: unknown) => {
    throw new Error(`It shows ${(await rowNames(page)).join(', ')}`, { cause: error })
  })
}

async function makeFolder(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New folder' }).click()
  await page.getByLabel('Name of the new folder').fill(name)
  await page.keyboard.press('Enter')
  await row(page, name).waitFor()
}

test('two people work in one folder, and each sees what the other does', async () => {
  await using site = await openSite()
  const { server, admin } = site
  await admin.addEditor('bob')
  const rootId = await admin.rootId()
  for (const name of ['a.md', 'b.md', 'c.md']) await admin.createText(rootId, name)
  await using ada = await openBrowser()
  await using bob = await openBrowser({ colorScheme: 'dark' })
  await signIn(ada.page, server.url, adminAccount)
  await row(ada.page, 'a.md').waitFor()
  await signIn(bob.page, server.url, {
    email: 'bob@example.com',
    password: 'the password of bob',
  })
  await bob.page
    .getByRole('treeitem', { name: 'Ada’s files' })
    .or(bob.page.getByRole('treeitem', { name: "Ada's files" }))
    .click()
  await row(bob.page, 'a.md').waitFor()
  await ada.page.getByRole('list', { name: 'People here' }).getByText('bob').waitFor()
  for (const { page } of [ada, bob]) await untilKeysWork(page)

  // What Ada makes and renames, Bob sees.
  await makeFolder(ada.page, 'Reports')
  await showsRows(bob.page, ['Reports', 'a.md', 'b.md', 'c.md'])
  await row(ada.page, 'a.md').click({ position: { x: 300, y: 18 } })
  await ada.page.keyboard.press('F2')
  await ada.page.getByLabel('New name of a.md').fill('alpha.md')
  await ada.page.keyboard.press('Enter')
  await showsRows(bob.page, ['Reports', 'alpha.md', 'b.md', 'c.md'])

  // Bob moves one by dragging, one by the dialog.
  await row(bob.page, 'b.md').dragTo(row(bob.page, 'Reports'))
  await showsRows(ada.page, ['Reports', 'alpha.md', 'c.md'])
  await row(bob.page, 'c.md').click({ position: { x: 300, y: 18 } })
  await bob.page.keyboard.press('Shift+M')
  const dialog = bob.page.getByRole('dialog', { name: 'Move c.md' })
  await dialog.getByRole('treeitem', { name: 'Reports' }).click()
  await dialog.getByRole('button', { name: 'Move to Reports' }).click()
  await showsRows(ada.page, ['Reports', 'alpha.md'])
  await showsRows(bob.page, ['Reports', 'alpha.md'])

  // He takes both back, the last one first.
  await bob.page.keyboard.press('Control+z')
  await showsRows(ada.page, ['Reports', 'alpha.md', 'c.md'])
  await bob.page.keyboard.press('Control+z')
  await showsRows(ada.page, ['Reports', 'alpha.md', 'b.md', 'c.md'])

  // Ada trashes two at once and brings them back.
  await row(ada.page, 'b.md').click({ position: { x: 300, y: 18 } })
  await row(ada.page, 'c.md').click({ position: { x: 300, y: 18 }, modifiers: ['Shift'] })
  await ada.page.keyboard.press('Delete')
  await showsRows(ada.page, ['Reports', 'alpha.md'])
  await showsRows(bob.page, ['Reports', 'alpha.md'])
  await ada.page.keyboard.press('Control+z')
  await showsRows(bob.page, ['Reports', 'alpha.md', 'b.md', 'c.md'])

  // Cut and paste into a folder; the breadcrumb takes one back by dragging.
  await row(ada.page, 'b.md').click({ position: { x: 300, y: 18 } })
  await ada.page.keyboard.press('Control+x')
  await row(ada.page, 'Reports').dblclick({ position: { x: 300, y: 18 } })
  await ada.page.getByRole('heading', { name: 'Reports' }).waitFor()
  await ada.page.keyboard.press('Control+v')
  await showsRows(ada.page, ['b.md'])
  await showsRows(bob.page, ['Reports', 'alpha.md', 'c.md'])
  await row(ada.page, 'b.md').dragTo(
    ada.page.getByRole('navigation', { name: 'Path' }).getByRole('link').first(),
  )
  await showsRows(bob.page, ['Reports', 'alpha.md', 'b.md', 'c.md'])
  await showsRows(ada.page, [])

  // The folder that Ada is in goes to the trash, and comes back out of it.
  await row(bob.page, 'Reports').click({ position: { x: 300, y: 18 } })
  await bob.page.keyboard.press('Delete')
  await ada.page.getByRole('heading', { name: 'Reports is in the trash' }).waitFor()
  await bob.page.getByRole('link', { name: /^Trash of/ }).click()
  await bob.page.getByRole('button', { name: 'Restore Reports' }).click()
  await bob.page.getByRole('heading', { name: 'The trash is empty' }).waitFor()
  await ada.page.getByRole('heading', { name: 'Reports', exact: true }).waitFor()
  assert.deepEqual(ada.complaints, [])
  assert.deepEqual(bob.complaints, [])
})
