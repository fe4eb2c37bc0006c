import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import type { ApiClient } from '../support/api-client.ts'
import { openBrowser } from '../support/browser.ts'
import { LoopbackApp } from '../support/loopback-app.ts'
import { adminAccount, findFreePort, ServerProcess } from '../support/server-process.ts'
import { openSite, signIn } from '../support/site.ts'

async function typePassword(page: Page): Promise<void> {
  await page.getByLabel('E-mail').fill(adminAccount.email)
  await page.getByLabel('Password').fill(adminAccount.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Profile of/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to CloudSync' }).waitFor()
}

test('somebody lets an app in, is not asked again, and disconnects it', async () => {
  await using site = await openSite()
  await using app = await LoopbackApp.open(site.server.url, site.admin)
  await using ada = await openBrowser()
  const { page } = ada
  await page.goto(app.authorizationUrl)
  // Nobody is signed in yet; the app waits.
  await typePassword(page)
  await page.getByRole('heading', { name: 'Let Paper Tiger in?' }).waitFor()
  const asked = page.getByRole('list', { name: 'What the app may do' })
  assert.deepEqual(await asked.getByRole('listitem').allTextContents(), [
    'Know that it is you',
    'See your name',
    'See your e-mail address',
    'See and download every file that you can open',
    'Create, change and delete files wherever you may',
  ])
  await page.getByText(new URL(app.redirectUri).host).waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('heading', { name: 'Back in Paper Tiger' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('state'), 'the state of the app')
  const token = await app.exchange(page.url())
  const spaces = () =>
    fetch(`${site.server.url}/api/v1/spaces`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal((await spaces()).status, 200)

  await page.goto(app.authorizationUrl)
  await page.getByRole('heading', { name: 'Back in Paper Tiger' }).waitFor()

  await page.goto(`${site.server.url}/account`)
  const apps = page.getByRole('list', { name: 'Connected apps' })
  await apps.getByText('Paper Tiger').waitFor()
  await apps.getByRole('button', { name: 'Disconnect' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
  await page.getByText('You have let no app in.').waitFor()
  assert.equal((await spaces()).status, 401)

  await page.goto(app.authorizationUrl)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('heading', { name: 'Back in Paper Tiger' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied')
})

test('somebody types the code that the command line shows', async () => {
  await using site = await openSite()
  await using ada = await openBrowser()
  const { page } = ada
  const body = new URLSearchParams({ client_id: 'cloudsync-cli', scope: 'account:read' })
  const begun = await fetch(`${site.server.url}/oauth/device`, { method: 'POST', body })
  const device = (await begun.json()) as Record<string, string>
  await page.goto(device['verification_uri_complete'] ?? '')
  await typePassword(page)
  const code = page.getByLabel('Code')
  await code.waitFor()
  assert.equal(await code.inputValue(), device['user_code'])
  assert.ok(!page.url().includes('user_code'), 'the code has left the address bar')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Let CloudSync command line in?' }).waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('heading', { name: 'The device is signed in' }).waitFor()
  const answer = await fetch(`${site.server.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: 'cloudsync-cli',
      device_code: device['device_code'] ?? '',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    }),
  })
  assert.equal(answer.status, 200)
})

/** An installation that knows `home` as a provider by which people sign in. */
async function openGuestSite(home: { url: string; admin: ApiClient }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-journey-'))
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  const { id: clientId } = await home.admin.post<{ id: string }>('/admin/oauth-clients', {
    name: 'The guest house',
    kind: 'browser',
    redirectUris: [`${url}/oauth/external/home/callback`],
    scopes: ['openid', 'profile', 'email'],
  })
  const provider = { id: 'home', name: 'Home', issuer: home.url, clientId }
  const env = { PUBLIC_URL: url, OIDC_PROVIDERS: JSON.stringify([provider]) }
  const server = new ServerProcess({ dataDir, port, env })
  await server.start()
  return {
    url,
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

test('somebody connects an account elsewhere, and signs in by it', async () => {
  await using home = await openSite()
  await using guest = await openGuestSite({ url: home.server.url, admin: home.admin })
  await using ada = await openBrowser()
  const { page } = ada
  await signIn(page, guest.url, adminAccount)
  await page.goto(`${guest.url}/account`)
  await page.getByRole('button', { name: 'Connect Home' }).click()
  // Over there.
  await page.waitForURL(`${home.server.url}/authorize?*`)
  await typePassword(page)
  await page.getByRole('heading', { name: 'Let The guest house in?' }).waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  const known = page.getByRole('list', { name: 'Other sign-ins' })
  await known.getByText(adminAccount.email).waitFor()
  assert.ok(page.url().startsWith(guest.url))

  await signOut(page)
  await page.goto(`${guest.url}/account`)
  await page.getByRole('button', { name: 'Sign in with Home' }).click()
  // Nobody is asked twice; and the page is the one that was asked for.
  await known.getByText(adminAccount.email).waitFor()
  assert.equal(page.url(), `${guest.url}/account`)
})
