import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import type { ApiClient } from '../support/api-client.ts'
import { openBrowser } from '../support/browser.ts'
import { mailedLink } from '../support/mailed-link.ts'
import {
  addAuthenticator,
  openMailingSite,
  signOut,
  typePassword,
} from '../support/mailing-site.ts'
import { adminAccount } from '../support/server-process.ts'
import { signIn } from '../support/site.ts'

const grace = { email: 'grace@example.org', password: 'nanoseconds of wire' }

async function joinByMail(page: Page, admin: ApiClient): Promise<void> {
  await page.goto(await mailedLink(admin, grace.email, 'join'))
  await page.getByLabel('Your name').fill('Grace')
  assert.equal(await page.getByLabel('E-mail').inputValue(), grace.email)
  assert.ok(!page.url().includes('#'), 'the secret has left the address bar')
  await page.getByLabel('Password').fill(grace.password)
  await page.getByRole('button', { name: 'Make my account' }).click()
  await page.getByRole('navigation', { name: 'Spaces' }).waitFor()
}

test('somebody is invited, joins, and is out again when the administrator says so', async () => {
  await using site = await openMailingSite()
  const { url, admin } = site
  await using ada = await openBrowser()
  await signIn(ada.page, url, adminAccount)
  await ada.page.getByRole('button', { name: /^Profile of/ }).click()
  await ada.page.getByRole('menuitem', { name: 'Administration' }).click()
  await ada.page.getByLabel('E-mail').fill(grace.email)
  await ada.page.getByRole('button', { name: 'Invite' }).click()
  await ada.page.getByText(`${grace.email} is invited`).waitFor()
  const shown = await ada.page.getByLabel('Link').textContent()
  assert.equal(shown, await mailedLink(admin, grace.email, 'join'))
  await ada.page.getByRole('button', { name: 'Done' }).click()

  await using person = await openBrowser()
  await joinByMail(person.page, admin)
  await ada.page.reload()
  await ada.page.getByRole('button', { name: 'More for Grace' }).click()
  await ada.page.getByRole('menuitem', { name: 'Deactivate' }).click()
  await ada.page.getByRole('button', { name: 'Deactivate' }).click()
  await ada.page.getByText('Grace is out').waitFor()
  // Their page hears of it by itself.
  await person.page.getByText('Your session has ended').waitFor()
  await typePassword(person.page, grace)
  await person.page.getByText('The e-mail address or the password is wrong').waitFor()
  assert.deepEqual(ada.complaints, [])
})

test('somebody turns two-factor sign-in on, and signs in by the app, a recovery code and a passkey', async () => {
  await using site = await openMailingSite()
  const { url, admin } = site
  await admin.post('/admin/invitations', { email: grace.email })
  await using person = await openBrowser()
  const { page } = person
  await addAuthenticator(page)
  await joinByMail(page, admin)
  await page.goto(`${url}/account`)
  await page.getByRole('button', { name: 'Turn on' }).click()
  const key = (await page.getByLabel('Key', { exact: true }).textContent()) ?? ''
  const app = new TOTP({ secret: Secret.fromBase32(key.replaceAll(' ', '')) })
  await page.getByRole('textbox', { name: 'Code' }).fill('12345')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await page.getByText('The code is wrong').waitFor()
  await page.getByRole('textbox', { name: 'Code' }).fill(app.generate())
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor()
  const codes = (
    (await page.getByRole('status', { name: 'Recovery codes' }).textContent()) ?? ''
  ).split('\n')
  assert.equal(codes.length, 10)
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.getByText('10 of 10 recovery codes left').waitFor()

  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('My laptop')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('My laptop').waitFor()

  // By the app, whose next code is good already: the present one has been used.
  await signOut(page)
  await typePassword(page, grace)
  await page
    .getByRole('textbox', { name: 'Code' })
    .fill(app.generate({ timestamp: Date.now() + 30_000 }))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('navigation', { name: 'Spaces' }).waitFor()

  await signOut(page)
  await typePassword(page, grace)
  await page.getByRole('button', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(codes[0] ?? '')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('navigation', { name: 'Spaces' }).waitFor()

  // As the second factor, and alone.
  await signOut(page)
  await typePassword(page, grace)
  await page.getByRole('heading', { name: 'One more step' }).waitFor()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByRole('navigation', { name: 'Spaces' }).waitFor()
  await signOut(page)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByRole('navigation', { name: 'Spaces' }).waitFor()
  await page.goto(`${url}/account`)
  await page.getByText('9 of 10 recovery codes left').waitFor()
})

test('a forgotten password is chosen anew by mail, and a token is made for a script', async () => {
  await using site = await openMailingSite()
  const { url, admin } = site
  await admin.post('/admin/invitations', { email: grace.email })
  await using person = await openBrowser()
  const { page } = person
  await joinByMail(page, admin)
  await page.goto(`${url}/account`)
  await page.getByRole('button', { name: 'New token' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('backup')
  await page.getByLabel('account:read').check()
  await page.getByRole('button', { name: 'Make the token' }).click()
  const token = (await page.getByLabel('Token', { exact: true }).textContent()) ?? ''
  assert.match(token, /^cs_pat_/)
  const me = () => fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal((await me()).status, 200)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Revoke backup' }).click()
  await page.getByRole('button', { name: 'Revoke', exact: true }).click()
  await page.getByRole('button', { name: 'Revoke backup' }).waitFor({ state: 'detached' })
  assert.equal((await me()).status, 401)

  await signOut(page)
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  // The sign-in page, which stays until this one is loaded, has a field of the same name.
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  await page.getByLabel('E-mail').fill(grace.email)
  await page.getByRole('button', { name: 'Send the link' }).click()
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor()
  await page.goto(await mailedLink(admin, grace.email, 'reset-password'))
  const password = page.getByLabel('New password')
  await password.fill('password123')
  await page.getByRole('button', { name: 'Save the password' }).click()
  await page.getByText('Too many people use this password').waitFor()
  await password.fill('microseconds of wire')
  await page.getByRole('button', { name: 'Save the password' }).click()
  await page.getByRole('heading', { name: 'Your password is changed' }).waitFor()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await typePassword(page, { ...grace, password: 'microseconds of wire' })
  await page.getByRole('navigation', { name: 'Spaces' }).waitFor()
})
