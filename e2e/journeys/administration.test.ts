import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { adminAccount } from '../support/server-process.ts'
import { openSite, signIn, type Site } from '../support/site.ts'

const grace = { email: 'grace@example.org', password: 'nanoseconds of wire', name: 'Grace' }

async function openSiteWithGrace() {
  const site = await openSite()
  await site.admin.post('/users', grace)
  return site
}

/** Resolves when it is there: the room that one comes from may have things of the same name. */
async function openRoom(page: Page, name: string): Promise<void> {
  const rooms = page.getByRole('navigation', { name: 'Administration' })
  await rooms.getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor()
}

async function openAdministration(page: Page, site: Site, account: typeof adminAccount) {
  await signIn(page, site.server.url, account)
  await page.getByRole('button', { name: /^Profile of/ }).click()
  await page.getByRole('menuitem', { name: 'Administration' }).click()
  await page.getByRole('heading', { name: 'Accounts' }).waitFor()
}

test('an administrator makes a group, gives a space room, and shows somebody the door for now', async () => {
  await using site = await openSiteWithGrace()
  await using ada = await openBrowser()
  await using person = await openBrowser()
  const { page } = ada
  await openAdministration(page, site, adminAccount)

  await openRoom(page, 'Groups')
  await page.getByText('There are no groups yet.').waitFor()
  await page.getByRole('button', { name: 'New group' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Night watch')
  await page.getByRole('button', { name: 'Save' }).click()
  const dialog = page.getByRole('dialog', { name: 'Members of Night watch' })
  await dialog.getByLabel('Add somebody').fill('grac')
  await dialog.getByRole('button', { name: 'Add Grace' }).click()
  const members = dialog.getByRole('list', { name: 'Members' })
  await members.getByText(grace.email).waitFor()
  await dialog.getByRole('button', { name: 'Done' }).click()
  const group = page.getByRole('list', { name: 'Groups' }).getByRole('listitem')
  await group.filter({ hasText: 'Night watch' }).getByText('1 person').waitFor()

  await openRoom(page, 'Spaces')
  await page.getByLabel('Find').fill('grace')
  const space = page.getByRole('listitem').filter({ hasText: "Grace's files" })
  await page.getByRole('button', { name: "More for Grace's files" }).click()
  await page.getByRole('menuitem', { name: 'Set the quota' }).click()
  await page.getByLabel('No more than').check()
  await page.getByLabel('Limit', { exact: true }).fill('2,5')
  await page.getByRole('button', { name: 'Save' }).click()
  await space.getByText('0 B of 2.5 GB used').waitFor()

  await signIn(person.page, site.server.url, grace)
  await person.page.getByRole('navigation', { name: 'Spaces' }).waitFor()
  await openRoom(page, 'Users')
  await page.getByRole('button', { name: 'More for Grace' }).click()
  await page.getByRole('menuitem', { name: 'Sessions' }).click()
  await page.getByRole('heading', { name: 'Where Grace is signed in' }).waitFor()
  await page.getByRole('list', { name: 'Sessions' }).getByText('Chrome on Linux').waitFor()
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await person.page.getByText('Your session has ended').waitFor()
  await page.getByText('They are signed in nowhere.').waitFor()
  assert.deepEqual(ada.complaints, [])
})

test('an auditor sees the whole administration, and nothing there that could be changed', async () => {
  await using site = await openSiteWithGrace()
  const { admin } = site
  await admin.post('/admin/groups', { name: 'Night watch' })
  await admin.post('/admin/roles', {
    name: 'Reviewer',
    permissions: ['node.read', 'node.comment'],
    countsAs: 'commenter',
  })
  await using ada = await openBrowser()
  await openAdministration(ada.page, site, adminAccount)
  await ada.page.getByRole('button', { name: 'More for Grace' }).click()
  await ada.page.getByRole('menuitem', { name: 'Make an auditor' }).click()
  await ada.page.getByText('Grace is an auditor now').waitFor()

  await using person = await openBrowser()
  const { page } = person
  await openAdministration(page, site, grace)
  const account = page.getByRole('listitem').filter({ hasText: adminAccount.email })
  await account.getByText('Administrator').waitFor()
  await page.getByRole('button', { name: 'More for Ada' }).click()
  await page.getByRole('menuitem', { name: 'Sessions' }).waitFor()
  assert.deepEqual(await page.getByRole('menuitem').allTextContents(), ['Sessions'])
  await page.keyboard.press('Escape')
  const seen = {
    Groups: 'Night watch',
    Roles: 'Reviewer',
    Spaces: "Ada's files",
    Apps: 'CloudSync command line',
    Sessions: 'Chrome on Linux',
    Policies: 'Accounts are made by invitation.',
    Keys: 'Data key 1',
  }
  for (const [room, words] of Object.entries(seen)) {
    await openRoom(page, room)
    await page.getByRole('main').getByText(words).first().waitFor()
    const buttons = page.getByRole('main').getByRole('button')
    const labels = await buttons.evaluateAll((found) =>
      found.map((button) => button.getAttribute('aria-label') ?? button.textContent),
    )
    const isLook = /^(Members of|More for) /
    assert.deepEqual(
      labels.filter((label) => !isLook.test(label)),
      [],
      room,
    )
    assert.equal(await page.getByRole('main').locator('input[type=radio]:enabled').count(), 0)
  }
  assert.deepEqual(person.complaints, [])
})

test('a custom role is made and changed by the keyboard alone', async () => {
  await using site = await openSite()
  await using ada = await openBrowser()
  const { page } = ada
  await openAdministration(page, site, adminAccount)
  await openRoom(page, 'Roles')
  await page.getByRole('button', { name: 'New role' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByLabel('Name').and(page.locator(':focus')).waitFor()
  await page.keyboard.type('Proof reader')
  await page.keyboard.press('Tab')
  // Comment: what all have cannot be taken away.
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  const role = page.getByRole('listitem').filter({ hasText: 'Proof reader' })
  await role.getByText('see, comment').waitFor()
  await page.getByRole('button', { name: 'Change Proof reader' }).click()
  await page.getByLabel('Bring earlier versions back').check()
  await page.getByRole('button', { name: 'Save' }).click()
  await role.getByText('see, comment, restore versions').waitFor()
  await page.getByRole('button', { name: 'Delete Proof reader' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('There are no custom roles yet.').waitFor()
})

test('whoever administers nothing is told so', async () => {
  await using site = await openSiteWithGrace()
  await using person = await openBrowser()
  await signIn(person.page, site.server.url, grace)
  await person.page.goto(`${site.server.url}/admin/keys`)
  await person.page.getByText('Your role does not allow this').waitFor()
})
