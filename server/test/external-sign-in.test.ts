import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { CookieBrowser } from '../testing/cookie-browser.ts'
import { HostileIssuer, type Lie } from '../testing/hostile-issuer.ts'
import { allow } from '../testing/oauth-app.ts'
import { startTestServer, type TestCaller, type TestServer } from '../testing/index.ts'

interface Fixture extends AsyncDisposable {
  /** The installation where people have their accounts. */
  readonly home: TestServer
  /** The one that lets them in. */
  readonly server: TestServer
}

/** Two installations, of which one lets in whom the other knows. */
async function startBoth(options: Record<string, unknown> = {}): Promise<Fixture> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'cs-external-'))
  stack.defer(() => rm(directory, { recursive: true }))
  const home = stack.use(await startTestServer())
  // The place of the second is known when it listens, so that the first is told afterwards.
  const registered = await home.admin.post<{ id: string; clientSecret: string }>(
    '/admin/oauth-clients',
    {
      name: 'The other one',
      kind: 'web',
      redirectUris: ['https://later.example/'],
      scopes: ['openid', 'profile', 'email'],
    },
  )
  const clientSecretFile = join(directory, 'secret')
  await writeFile(clientSecretFile, `${registered.clientSecret}\n`)
  const provider = { id: 'home', name: 'Home', issuer: home.url, clientId: registered.id }
  const providers = JSON.stringify([{ ...provider, clientSecretFile, ...options }])
  const server = stack.use(await startTestServer({}, { OIDC_PROVIDERS: providers }))
  await home.admin.patch(`/admin/oauth-clients/${registered.id}`, {
    redirectUris: [`${server.url}/oauth/external/home/callback`],
  })
  const running = stack.move()
  return { home, server, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function start(
  server: TestServer,
  browser: CookieBrowser,
  { path = '/auth/external/home/start', caller = undefined as TestCaller | undefined } = {},
): Promise<URL> {
  const answer = await browser.send(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(caller ? { authorization: `Bearer ${caller.accessToken}` } : {}),
    },
    body: '{}',
  })
  assert.equal(answer.status, 200, await answer.clone().text())
  return new URL(((await answer.json()) as { location: string }).location)
}

/** Where our callback sends the browser. */
async function comeBack(server: TestServer, browser: CookieBrowser, back: URL): Promise<URL> {
  const answer = await browser.send(back)
  assert.equal(answer.status, 303)
  return new URL(answer.headers.get('location') ?? '', server.url)
}

async function complete(server: TestServer, browser: CookieBrowser) {
  const url = `${server.url}/api/v1/auth/external/complete`
  const answer = await browser.send(url, { method: 'POST' })
  return { status: answer.status, body: (await answer.json()) as Record<string, string> }
}

async function signIn({ server }: Fixture, person: TestCaller, browser = new CookieBrowser()) {
  const back = await allow(person, await start(server, browser), browser)
  const page = await comeBack(server, browser, back)
  return { page, ...(await complete(server, browser)) }
}

function verify(server: TestServer) {
  return sql`UPDATE users SET email_verified_at = now()`.execute(server.db.database.kysely)
}

async function meOf(server: TestServer, token: string | undefined) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${server.url}/api/v1/me`, { headers })
  return (await answer.json()) as { id: string; email: string; name: string }
}

suite('signing in by another provider, a second CloudSync', () => {
  test('makes an account for who comes first, and opens it to who comes again', async () => {
    await using both = await startBoth({ accounts: 'anybody' })
    const { home, server } = both
    const bob = await home.addUser('Bob')
    await verify(home)
    const first = await signIn(both, bob)
    assert.equal(first.status, 200)
    assert.equal(first.page.pathname, '/external-sign-in')
    const me = await meOf(server, first.body['accessToken'])
    assert.equal(me.email, 'bob@example.com')
    assert.equal(me.name, 'Bob')
    const again = await signIn(both, bob)
    assert.equal((await meOf(server, again.body['accessToken'])).id, me.id)
    assert.ok(again.body['refreshToken'])
  })

  test('lets in who was invited, and nobody else', async () => {
    await using both = await startBoth()
    const { home, server } = both
    const bob = await home.addUser('Bob')
    await verify(home)
    const refused = await signIn(both, bob)
    assert.equal(refused.page.searchParams.get('error'), 'external_not_invited')
    assert.equal(refused.status, 403)
    await server.admin.post('/admin/invitations', { email: 'bob@example.com' })
    assert.equal((await signIn(both, bob)).status, 200)
  })

  test('gives nobody the account that has their address, until its owner connects the two', async () => {
    await using both = await startBoth({ accounts: 'anybody' })
    const { home, server } = both
    const bobThere = await home.addUser('Bob')
    const bobHere = await server.addUser('Bob')
    await verify(home)
    const refused = await signIn(both, bobThere)
    assert.equal(refused.page.searchParams.get('error'), 'external_account_exists')
    const browser = new CookieBrowser()
    const path = '/me/external-identities/home/start'
    const url = await start(server, browser, { path, caller: bobHere })
    const page = await comeBack(server, browser, await allow(bobThere, url, browser))
    assert.equal(page.href, `${server.url}/account`)
    const entered = await signIn(both, bobThere)
    const { id } = await meOf(server, entered.body['accessToken'])
    assert.equal(id, (await bobHere.get<{ id: string }>('/me')).id)
  })

  test('connects an account elsewhere with one account here', async () => {
    await using both = await startBoth({ accounts: 'anybody' })
    const { home, server } = both
    const bob = await home.addUser('Bob')
    await verify(home)
    await signIn(both, bob)
    const browser = new CookieBrowser()
    const path = '/me/external-identities/home/start'
    const url = await start(server, browser, { path, caller: server.admin })
    const page = await comeBack(server, browser, await allow(bob, url, browser))
    assert.equal(page.searchParams.get('error'), 'external_taken')
  })

  test('is not taken away from who has no other way in', async () => {
    await using both = await startBoth({ accounts: 'anybody' })
    const { home, server } = both
    const bob = await home.addUser('Bob')
    await verify(home)
    const { body } = await signIn(both, bob)
    const headers = { authorization: `Bearer ${body['accessToken']}` }
    const url = `${server.url}/api/v1/me/external-identities`
    const { items } = (await (await fetch(url, { headers })).json()) as {
      items: { id: string; providerName: string }[]
    }
    assert.deepEqual(
      items.map(({ providerName }) => providerName),
      ['Home'],
    )
    const refused = await fetch(`${url}/${items[0]?.id}`, { method: 'DELETE', headers })
    assert.equal(refused.status, 409)
    assert.equal(((await refused.json()) as { code: string }).code, 'last_way_in')
  })

  test('asks for an address that is verified, and of an accepted domain', async () => {
    await using both = await startBoth({ accounts: 'anybody', emailDomains: ['example.com'] })
    const bob = await both.home.addUser('Bob')
    const unverified = await signIn(both, bob)
    assert.equal(unverified.page.searchParams.get('error'), 'external_email_unverified')
    await verify(both.home)
    assert.equal((await signIn(both, bob)).status, 200)
    const carol = await both.home.addUser('Carol')
    const { kysely } = both.home.db.database
    await sql`UPDATE users SET email = 'carol@evil.example', email_verified_at = now()
      WHERE email = 'carol@example.com'`.execute(kysely)
    const elsewhere = await signIn(both, carol)
    assert.equal(elsewhere.page.searchParams.get('error'), 'external_email_unverified')
  })

  test('opens nothing to an account that is deactivated', async () => {
    await using both = await startBoth({ accounts: 'anybody' })
    const bob = await both.home.addUser('Bob')
    await verify(both.home)
    await signIn(both, bob)
    const { kysely } = both.server.db.database
    await sql`UPDATE users SET deactivated_at = now() WHERE email = 'bob@example.com'`.execute(
      kysely,
    )
    assert.equal((await signIn(both, bob)).status, 403)
  })

  test('works once, and in the browser that began it', async () => {
    await using both = await startBoth({ accounts: 'anybody' })
    const { home, server } = both
    const bob = await home.addUser('Bob')
    await verify(home)
    const browser = new CookieBrowser()
    const back = await allow(bob, await start(server, browser), browser)
    const elsewhere = new CookieBrowser()
    const other = await comeBack(server, elsewhere, back)
    assert.equal(other.searchParams.get('error'), 'external_sign_in_failed')
    // Whoever has begun a sign-in of their own is not let in by somebody else's answer.
    await start(server, elsewhere)
    const crossed = await comeBack(server, elsewhere, back)
    assert.equal(crossed.searchParams.get('error'), 'external_sign_in_failed')
    await comeBack(server, browser, back)
    const replayed = await comeBack(server, browser, back)
    assert.equal(replayed.searchParams.get('error'), 'external_sign_in_failed')
    assert.equal((await complete(server, browser)).status, 200)
    assert.equal((await complete(server, browser)).status, 403)
  })

  test('sends nobody away from this site', async () => {
    await using both = await startBoth()
    for (const returnTo of ['https://evil.example/', '//evil.example', '/\\evil.example', 'evil']) {
      const answer = await fetch(`${both.server.url}/api/v1/auth/external/home/start`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ returnTo }),
      })
      assert.equal(answer.status, 400, returnTo)
    }
  })
})

suite('a provider that does not answer as it should', () => {
  const lies: Record<string, Lie & { readonly answer?: Record<string, string> }> = {
    'another nonce': { claims: { nonce: 'another' } },
    'no nonce': { claims: { nonce: undefined } },
    'another issuer': { claims: { iss: 'https://evil.example' } },
    'an audience that is not us': { claims: { aud: 'another-client' } },
    'a token that has expired': { claims: { exp: 1_000_000_000 } },
    'a token without a signature': { algorithm: 'none' },
    'a signature by another key': { isForged: true },
    'no ID token': { hasNoIdToken: true },
    'another state': { answer: { state: 'another' } },
    'the answer of another issuer': { answer: { iss: 'https://evil.example' } },
  }

  test('is not believed, and the truth is', async () => {
    await using issuer = await HostileIssuer.start()
    const provider = { id: 'home', name: 'Hostile', issuer: issuer.url, clientId: 'cloudsync' }
    const providers = JSON.stringify([{ ...provider, accounts: 'anybody' }])
    await using server = await startTestServer({}, { OIDC_PROVIDERS: providers })
    for (const [name, { answer, ...lie }] of Object.entries(lies)) {
      issuer.lie = lie
      const browser = new CookieBrowser()
      const back = issuer.approve(await start(server, browser), answer)
      const page = await comeBack(server, browser, back)
      assert.equal(page.searchParams.get('error'), 'external_sign_in_failed', name)
      assert.equal((await complete(server, browser)).status, 403, name)
    }
    issuer.lie = { claims: { email_verified: 'true' as never } }
    const unverified = new CookieBrowser()
    const back = issuer.approve(await start(server, unverified))
    const page = await comeBack(server, unverified, back)
    assert.equal(page.searchParams.get('error'), 'external_email_unverified')
    issuer.lie = {}
    const browser = new CookieBrowser()
    await comeBack(server, browser, issuer.approve(await start(server, browser)))
    const { body } = await complete(server, browser)
    assert.equal((await meOf(server, body['accessToken'])).name, 'Some Body')
  })
})
