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
import { openDatabase, openSite, signIn } from '../support/site.ts'

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

/** 400: the app is known by the secret, and has sent nothing else that is right; 401: it is not. */
async function tryClient(url: string, id: string, secret: string | null): Promise<number> {
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nothing' }),
  })
  return answer.status
}

test('an administrator registers an app, changes it, gives it another secret, and removes it', async () => {
  await using site = await openSite()
  const { url } = site.server
  await using ada = await openBrowser()
  const { page } = ada
  const dialog = page.getByRole('dialog')
  const apps = page.getByRole('list', { name: 'Apps' })
  const choose = async (item: string, name: string) => {
    await apps.getByRole('button', { name: `More for ${name}` }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  await signIn(page, url, adminAccount)
  await page.getByRole('button', { name: /^Profile of/ }).click()
  await page.getByRole('menuitem', { name: 'Administration' }).click()
  await page.getByRole('link', { name: 'Apps', exact: true }).click()
  await apps.getByText('CloudSync command line').waitFor()
  await page.getByRole('button', { name: 'New app' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('Reports')
  await dialog.getByLabel('Redirect URIs').fill('http://reports.example/callback')
  await dialog.getByRole('button', { name: 'Register' }).click()
  await dialog.getByText('Each must be https').waitFor()
  await dialog.getByLabel('Redirect URIs').fill('https://reports.example/callback')
  await dialog.getByRole('button', { name: 'Register' }).click()
  const first = await dialog.getByLabel('Client secret').textContent()
  const id = (await dialog.getByLabel('Client ID').textContent()) ?? ''
  assert.equal(await tryClient(url, id, first), 400)
  await dialog.getByRole('button', { name: 'Done' }).click()

  await choose('Change', 'Reports')
  await dialog.getByLabel('Name', { exact: true }).fill('Monthly reports')
  const redirectUris = ['https://reports.example/callback', 'https://other.example/callback']
  await dialog.getByLabel('Redirect URIs').fill(redirectUris.join('\n'))
  await dialog.getByRole('button', { name: 'Save' }).click()
  await apps.getByText('Monthly reports').waitFor()
  const kept = await site.admin.get<Record<string, unknown>>(`/admin/oauth-clients/${id}`)
  assert.deepEqual(kept['redirectUris'], redirectUris)

  await choose('New secret', 'Monthly reports')
  await dialog.getByRole('button', { name: 'Make a new secret' }).click()
  const second = await dialog.getByLabel('Client secret').textContent()
  assert.equal(await tryClient(url, id, first), 401)
  assert.equal(await tryClient(url, id, second), 400)
  await dialog.getByRole('button', { name: 'Done' }).click()

  await choose('Remove', 'Monthly reports')
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await apps.getByText('Monthly reports').waitFor({ state: 'detached' })
  assert.equal(await tryClient(url, id, second), 401)

  await page.getByRole('button', { name: 'Make a token' }).click()
  const token = await dialog.getByLabel('Token', { exact: true }).textContent()
  const register = () =>
    fetch(`${url}/oauth/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://itself.example/callback'] }),
    })
  assert.equal((await register()).status, 201)
  await page.reload()
  await apps.getByText('Registered itself').waitFor()
  await page
    .getByRole('list', { name: 'Tokens to register with' })
    .getByRole('button', { name: /^Revoke the token: Made by / })
    .click()
  await page.getByText('No app has a token for it.').waitFor()
  assert.equal((await register()).status, 401)
  // Of the redirect URI that was refused.
  assert.deepEqual(
    ada.complaints.filter((complaint) => !complaint.includes('400')),
    [],
  )
})

/** An installation that knows `home` as a provider by which people sign in. */
async function openGuestSite(home: { url: string; admin: ApiClient }) {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-journey-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  const { id: clientId } = await home.admin.post<{ id: string }>('/admin/oauth-clients', {
    name: 'The guest house',
    kind: 'browser',
    redirectUris: [`${url}/oauth/external/home/callback`],
    scopes: ['openid', 'profile', 'email'],
  })
  const provider = { id: 'home', name: 'Home', issuer: home.url, clientId }
  const settings = { PUBLIC_URL: url, OIDC_PROVIDERS: JSON.stringify([provider]) }
  const env = { ...(await openDatabase(stack)), ...settings }
  const server = stack.use(new ServerProcess({ dataDir, port, env }))
  await server.start()
  const running = stack.move()
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() }
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

  // Whoever is signed in already is told, too, when another sign-in has failed.
  await page.goto(`${guest.url}/external-sign-in`)
  await page.getByRole('heading', { name: 'Not signed in' }).waitFor()
})
