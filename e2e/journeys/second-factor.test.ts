import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { openBrowser, type Person } from '../support/browser.ts'
import {
  addAuthenticator,
  openMailingSite,
  signOut,
  typePassword,
} from '../support/mailing-site.ts'
import { adminAccount } from '../support/server-process.ts'
import { signIn } from '../support/site.ts'

const grace = { email: 'grace@example.org', password: 'nanoseconds of wire', name: 'Grace' }

/** A server with Grace on it. */
async function openWithGrace() {
  const site = await openMailingSite()
  await site.admin.post('/users', grace)
  return site
}

/** In the dialog that shows the key of an app: types its first code, and keeps the recovery codes. */
async function confirmApp(page: Page): Promise<void> {
  const key = (await page.getByLabel('Key', { exact: true }).textContent()) ?? ''
  const app = new TOTP({ secret: Secret.fromBase32(key.replaceAll(' ', '')) })
  await page.getByRole('textbox', { name: 'Code' }).fill(app.generate())
  await page.getByRole('dialog').getByRole('button', { name: 'Turn on' }).click()
  await page.getByRole('button', { name: 'I have kept them' }).click()
}

async function demand({ page }: Person, url: string, of: 'Administrators' | 'Everybody') {
  await page.goto(`${url}/admin/policies`)
  const section = page.getByRole('region', { name: 'Two-factor sign-in' })
  await section.getByLabel(of).check()
  await section.getByRole('button', { name: 'Save' }).click()
  return section
}

test('an administrator demands two factors, and who has one sets another up before going on', async () => {
  await using site = await openWithGrace()
  const { url } = site
  await using ada = await openBrowser()
  await signIn(ada.page, url, adminAccount)
  await demand(ada, url, 'Everybody')
  await ada.page.getByText('Set up a second factor first').waitFor()
  await ada.page.goto(`${url}/account`)
  await ada.page.getByRole('button', { name: 'Turn on' }).click()
  await confirmApp(ada.page)
  await ada.page.getByText('10 of 10 recovery codes left').waitFor()

  await using person = await openBrowser()
  const { page } = person
  await signIn(page, url, grace)
  const home = page.url()
  await demand(ada, url, 'Everybody')
  await ada.page.getByText('Two-factor sign-in is set').waitFor()

  // The open page hears of it by itself.
  const title = page.getByRole('heading', { name: 'Set up a second factor' })
  await title.waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await typePassword(page, grace)
  await title.waitFor()
  await page.goto(`${url}/account`)
  await page.getByRole('button', { name: 'Use an authenticator app' }).click()
  await confirmApp(page)
  // She wanted to see her account.
  await page.getByText('10 of 10 recovery codes left').waitFor()
  assert.equal(page.url(), `${url}/account`)
  await page.getByRole('button', { name: 'Turn off' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click()
  await page.getByText('this is the last second one').waitFor()
  await page.goto(home)
  await page.getByRole('navigation', { name: 'Spaces' }).waitFor()
})

test('a passkey is a second factor too, beside the password and alone', async () => {
  await using site = await openWithGrace()
  const { url } = site
  await using ada = await openBrowser()
  await addAuthenticator(ada.page)
  await signIn(ada.page, url, adminAccount)
  await ada.page.goto(`${url}/account`)
  await ada.page.getByRole('button', { name: 'Add a passkey' }).click()
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await demand(ada, url, 'Everybody')
  await ada.page.getByText('Two-factor sign-in is set').waitFor()

  await using person = await openBrowser()
  const { page } = person
  await addAuthenticator(page)
  await page.goto(url)
  await typePassword(page, grace)
  await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  const spaces = page.getByRole('navigation', { name: 'Spaces' })
  await spaces.waitFor()

  await signOut(page)
  await typePassword(page, grace)
  await page.getByText('Show your passkey too').waitFor()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await spaces.waitFor()
  await signOut(page)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await spaces.waitFor()
  assert.deepEqual(
    person.complaints.filter((each) => !/40[13]/.test(each)),
    [],
  )
})
