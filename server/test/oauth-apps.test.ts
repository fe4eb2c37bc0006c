import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import * as client from 'openid-client'
import { allow, decide, OAuthApp, openConsent } from '../testing/oauth-app.ts'
import { CookieBrowser } from '../testing/cookie-browser.ts'
import { listEndReasons } from '../testing/list-end-reasons.ts'
import { startTestServer, type TestServer } from '../testing/index.ts'

function query(server: TestServer, text: string) {
  return sql.raw<Record<string, unknown>>(text).execute(server.db.database.kysely)
}

/** The status of a request to the API with an app's token. */
async function statusOf(url: string, token: string, path = '/me'): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${url}/api/v1${path}`, { headers })).status
}

async function errorOf(work: Promise<unknown>): Promise<string | undefined> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason as { error?: string; code?: string },
  )
  return error && (error.error ?? error.code)
}

suite('an app that signs somebody in, by a stock openid-client', () => {
  test('gets tokens by a code with PKCE, and an ID token that says who it is', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const tokens = await app.signIn(server.admin, 'openid profile email account:read')
    const me = await server.admin.get<{ id: string; email: string }>('/me')
    assert.equal(tokens.claims()?.sub, me.id)
    assert.equal(tokens.claims()?.['email'], me.email)
    assert.equal(tokens.scope, 'openid profile email account:read')
    assert.equal(await statusOf(server.url, tokens.access_token), 200)
    const userinfo = await client.fetchUserInfo(app.configuration, tokens.access_token, me.id)
    assert.equal(userinfo.email, me.email)
  })

  test('may do what its scopes say and its person may, and nothing else', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { access_token: token } = await app.signIn(server.admin, 'files:read')
    assert.equal(await statusOf(server.url, token, '/spaces'), 200)
    const refused = await fetch(`${server.url}/api/v1/me`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(refused.status, 403)
    assert.equal(((await refused.json()) as { code: string }).code, 'insufficient_scope')
    assert.match(refused.headers.get('www-authenticate') ?? '', /insufficient_scope/)
    await assert.rejects(client.fetchUserInfo(app.configuration, token, client.skipSubjectCheck))
  })

  test('gets no scope that its registration does not have, and admin from no ordinary person', async () => {
    await using server = await startTestServer()
    const small = await OAuthApp.register(server.admin, { scopes: ['openid', 'files:read'] })
    const { url, browser } = await small.begin('openid files:write')
    const back = await browser.send(url)
    assert.match(back.headers.get('location') ?? '', /error=invalid_scope/)
    const admin = await OAuthApp.register(server.admin, { scopes: ['admin', 'account:read'] })
    const bob = await server.addUser('Bob')
    const tokens = await admin.signIn(bob, 'admin account:read')
    assert.equal(tokens.scope, 'account:read')
    assert.equal(await statusOf(server.url, tokens.access_token, '/admin/oauth-clients'), 403)
  })

  test('keeps the state, and names us as the issuer', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, state } = await app.begin('openid')
    const back = await allow(server.admin, url)
    assert.equal(back.searchParams.get('state'), state)
    assert.equal(back.searchParams.get('iss'), server.url)
  })

  test('learns that the person has refused', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, browser, verifier, state } = await app.begin('openid')
    const uid = await openConsent(url, browser)
    const { location } = await decide(server.admin, uid, browser, 'deny')
    const back = await browser.follow(location, ({ host }) => host === 'app.example')
    assert.equal(await errorOf(app.exchange(back, verifier, state)), 'access_denied')
  })
})

suite('requests of apps that are not as they should be', () => {
  test('another redirect URI is refused, here and not there', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const variants = [
      'https://evil.example/callback',
      'https://app.example/callback/',
      'https://app.example/callback/../evil',
      'https://APP.example/Callback',
      'https://app.example:444/callback',
      'https://app.example@evil.example/callback',
      'https://app.example/callback?more',
      'http://app.example/callback',
    ]
    for (const redirectUri of variants) {
      const { url, browser } = await app.begin('openid', { redirect_uri: redirectUri })
      const answer = await browser.send(url)
      assert.equal(answer.status, 400, redirectUri)
      assert.equal(answer.headers.get('location'), null)
      assert.match(await answer.text(), /cannot sign in/)
    }
  })

  test('a native app may listen on any port of its own machine, and a web app may not', async () => {
    await using server = await startTestServer()
    const redirectUri = 'http://127.0.0.1/callback'
    const native = await OAuthApp.register(server.admin, { kind: 'native', redirectUri })
    const { url, browser } = await native.begin('openid', {
      redirect_uri: 'http://127.0.0.1:23456/callback',
    })
    await openConsent(url, browser)
    const elsewhere = await native.begin('openid', {
      redirect_uri: 'http://127.0.0.1:23456/other',
    })
    assert.equal((await elsewhere.browser.send(elsewhere.url)).status, 400)
  })

  test('PKCE by S256 is needed, and the verifier that belongs to it', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    for (const change of [
      { code_challenge: '' },
      { code_challenge_method: 'plain' },
      { code_challenge: '', code_challenge_method: '' },
    ]) {
      const { url, browser } = await app.begin('openid', change)
      const answer = await browser.send(url)
      assert.match(answer.headers.get('location') ?? '', /error=invalid_request/)
    }
    const { url, state } = await app.begin('openid')
    const back = await allow(server.admin, url)
    const wrong = client.randomPKCECodeVerifier()
    assert.equal(await errorOf(app.exchange(back, wrong, state)), 'invalid_grant')
  })

  test('there is no implicit grant, no password grant and no form that posts itself', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    for (const change of [
      { response_type: 'token' },
      { response_type: 'id_token' },
      { response_mode: 'form_post' },
    ]) {
      const { url, browser } = await app.begin('openid', change)
      const location = (await browser.send(url)).headers.get('location') ?? ''
      assert.doesNotMatch(location, /\/interactions\//)
    }
    const grant = client.genericGrantRequest(app.configuration, 'password', {
      username: 'admin@example.org',
      password: 'anything',
    })
    assert.equal(await errorOf(grant), 'unsupported_grant_type')
  })

  test('whoever is sent a link to the request of another browser cannot decide it', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, browser } = await app.begin('openid')
    const uid = await openConsent(url, browser)
    const answer = await new CookieBrowser().send(
      `${server.url}/api/v1/oauth/interactions/${uid}/consent`,
      { headers: { authorization: `Bearer ${server.admin.accessToken}` } },
    )
    assert.equal(answer.status, 410)
    assert.equal(((await answer.json()) as { code: string }).code, 'authorization_over')
  })

  test('a page of another origin is told nothing, unless the app redirects there', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin, {
      kind: 'browser',
      redirectUri: 'https://spa.example/callback',
    })
    const preflight = async (origin: string) => {
      const body = new URLSearchParams({
        client_id: app.id,
        grant_type: 'refresh_token',
        refresh_token: 'x',
      })
      const answer = await fetch(`${server.url}/oauth/token`, {
        method: 'POST',
        headers: { origin },
        body,
      })
      return answer.headers.get('access-control-allow-origin')
    }
    assert.equal(await preflight('https://spa.example'), 'https://spa.example')
    assert.equal(await preflight('https://evil.example'), null)
  })
})

suite('codes and tokens that are used more than once', () => {
  test('a code that is used again ends what it gave', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, verifier, state } = await app.begin('openid account:read')
    const back = await allow(server.admin, url)
    const tokens = await app.exchange(back, verifier, state)
    assert.equal(await statusOf(server.url, tokens.access_token), 200)
    assert.equal(await errorOf(app.exchange(back, verifier, state)), 'invalid_grant')
    assert.equal(await statusOf(server.url, tokens.access_token), 401)
    assert.equal(await errorOf(app.refresh(tokens.refresh_token)), 'invalid_grant')
  })

  test('of five uses of one code at once, none is worth anything in the end', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, verifier, state } = await app.begin('openid account:read')
    const back = await allow(server.admin, url)
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => app.exchange(back, verifier, state)),
    )
    const given = results.filter((result) => result.status === 'fulfilled')
    assert.ok(given.length <= 1)
    for (const { value } of given) assert.equal(await statusOf(server.url, value.access_token), 401)
  })

  test('five uses of one refresh token at once give one family, and all five the same answer', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const first = await app.signIn(server.admin, 'openid account:read')
    const five = await Promise.all(
      Array.from({ length: 5 }, () => app.refresh(first.refresh_token)),
    )
    const successors = new Set(five.map((tokens) => tokens.refresh_token))
    assert.equal(successors.size, 1)
    const { rows } = await query(
      server,
      `SELECT count(*)::int AS living FROM oauth_records WHERE kind = 'RefreshToken' AND consumed_at IS NULL`,
    )
    assert.deepEqual(rows, [{ living: 1 }])
    const [successor] = successors
    const next = await app.refresh(successor)
    assert.notEqual(next.refresh_token, successor)
    assert.equal(await statusOf(server.url, next.access_token), 200)
  })

  test('a refresh token whose successor was used ends the grant with all its tokens', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const first = await app.signIn(server.admin, 'openid account:read')
    const second = await app.refresh(first.refresh_token)
    const third = await app.refresh(second.refresh_token)
    assert.equal(await statusOf(server.url, third.access_token), 200)
    assert.equal(await errorOf(app.refresh(first.refresh_token)), 'invalid_grant')
    assert.equal(await errorOf(app.refresh(third.refresh_token)), 'invalid_grant')
    assert.equal(await statusOf(server.url, third.access_token), 401)
    assert.deepEqual(await listEndReasons(server), ['token_reused'])
  })

  test('a refresh token that was used a while ago ends the grant, also when its successor was not used', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const first = await app.signIn(server.admin, 'openid account:read')
    const second = await app.refresh(first.refresh_token)
    await query(
      server,
      `UPDATE oauth_records SET consumed_at = consumed_at - interval '21 seconds' WHERE consumed_at IS NOT NULL`,
    )
    assert.equal(await errorOf(app.refresh(first.refresh_token)), 'invalid_grant')
    assert.equal(await errorOf(app.refresh(second.refresh_token)), 'invalid_grant')
  })

  test('a refresh token is for the app that got it', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const other = await OAuthApp.register(server.admin)
    const tokens = await app.signIn(server.admin)
    assert.equal(await errorOf(other.refresh(tokens.refresh_token)), 'invalid_grant')
    await app.refresh(tokens.refresh_token)
  })

  test('a refreshed token may be for less, and never for more', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const tokens = await app.signIn(server.admin, 'account:read files:read')
    const less = await app.refresh(tokens.refresh_token, { scope: 'files:read' })
    assert.equal(await statusOf(server.url, less.access_token, '/spaces'), 200)
    assert.equal(await statusOf(server.url, less.access_token), 403)
    const more = app.refresh(less.refresh_token, { scope: 'account:read files:write' })
    assert.equal(await errorOf(more), 'invalid_scope')
  })

  test('nothing in the database can be used as a token', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const first = await app.signIn(server.admin, 'openid account:read')
    const tokens = await app.refresh(first.refresh_token)
    const { rows } = await query(
      server,
      `
      SELECT to_jsonb(r)::text AS row FROM oauth_records r UNION ALL
      SELECT to_jsonb(c)::text FROM oauth_clients c UNION ALL SELECT to_jsonb(g)::text FROM oauth_grants g
      UNION ALL SELECT payload::text FROM events`,
    )
    const stored = rows.map(({ row }) => String(row)).join('\n')
    const secrets = [first.refresh_token, tokens.refresh_token, tokens.access_token, app.secret]
    for (const secret of secrets) assert.ok(secret && !stored.includes(secret))
  })
})

suite('what ends the access of an app', () => {
  test('revocation of its refresh token', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const tokens = await app.signIn(server.admin, 'openid account:read')
    await client.tokenRevocation(app.configuration, tokens.refresh_token ?? '')
    assert.deepEqual(await listEndReasons(server), ['revoked'])
    assert.equal(await errorOf(app.refresh(tokens.refresh_token)), 'invalid_grant')
    assert.equal(await statusOf(server.url, tokens.access_token), 401)
  })

  test('the person, who sees it in the list of connected apps', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const bob = await server.addUser('Bob')
    const tokens = await app.signIn(bob, 'openid account:read')
    const other = await app.signIn(server.admin, 'openid account:read')
    const { items } = await bob.get<{ items: Record<string, unknown>[] }>('/me/grants')
    assert.equal(items.length, 1)
    assert.equal(items[0]?.['name'], 'Paper Tiger')
    assert.deepEqual(items[0]?.['scopes'], ['openid', 'account:read'])
    await bob.delete(`/me/grants/${app.id}`)
    assert.equal(await statusOf(server.url, tokens.access_token), 401)
    assert.equal(await errorOf(app.refresh(tokens.refresh_token)), 'invalid_grant')
    assert.equal(await statusOf(server.url, other.access_token), 200)
    assert.equal((await bob.get<{ items: unknown[] }>('/me/grants')).items.length, 0)
  })

  test('the deactivation of the account', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const bob = await server.addUser('Bob')
    const { id } = await bob.get<{ id: string }>('/me')
    const tokens = await app.signIn(bob, 'openid account:read')
    await query(server, `UPDATE users SET deactivated_at = now() WHERE id = '${id}'`)
    assert.equal(await errorOf(app.refresh(tokens.refresh_token)), 'invalid_grant')
  })

  test('a new password that is to end it, after which the app has to ask anew', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const bob = await server.addUser('Bob')
    const tokens = await app.signIn(bob, 'openid account:read')
    const change = (body: object) =>
      bob.send('PUT', '/account/password', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    assert.equal((await change({ password: 'another password of Bob' })).status, 204)
    assert.equal(await statusOf(server.url, tokens.access_token), 200)
    const body = { password: 'yet another password of Bob', endsTokens: true }
    assert.equal((await change(body)).status, 204)
    assert.equal(await statusOf(server.url, tokens.access_token), 401)
    assert.equal(await errorOf(app.refresh(tokens.refresh_token)), 'invalid_grant')
    assert.deepEqual((await query(server, 'SELECT scopes FROM oauth_consents')).rows, [])
  })

  test('the removal of the client by an administrator', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const tokens = await app.signIn(server.admin, 'openid account:read')
    await server.admin.delete(`/admin/oauth-clients/${app.id}`)
    assert.equal(await statusOf(server.url, tokens.access_token), 401)
    assert.ok(await errorOf(app.refresh(tokens.refresh_token)))
  })
})

async function isRememberedOf(
  { admin, url: site }: TestServer,
  app: OAuthApp,
  scope: string,
  changes: Record<string, string> = {},
): Promise<boolean> {
  const { url, browser } = await app.begin(scope, changes)
  const uid = await openConsent(url, browser)
  const answer = await browser.send(`${site}/api/v1/oauth/interactions/${uid}/consent`, {
    headers: { authorization: `Bearer ${admin.accessToken}` },
  })
  return ((await answer.json()) as { isRemembered: boolean }).isRemembered
}

suite('what is remembered', () => {
  test('nobody is asked twice for the same, and everybody for more', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const isRemembered = (scope: string, changes?: Record<string, string>) =>
      isRememberedOf(server, app, scope, changes)
    assert.equal(await isRemembered('openid'), false)
    await app.signIn(server.admin, 'openid files:read')
    assert.equal(await isRemembered('openid'), true)
    assert.equal(await isRemembered('openid account:read'), false)
    assert.equal(await isRemembered('openid', { prompt: 'consent' }), false)
    await server.admin.delete(`/me/grants/${app.id}`)
    assert.equal(await isRemembered('openid'), false)
  })

  test('is forgotten when an app may be called back where it was not before', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const app = await OAuthApp.register(admin)
    await app.signIn(admin, 'openid')
    const redirectUris = [app.redirectUri]
    await admin.patch(`/admin/oauth-clients/${app.id}`, { name: 'Paper Lion', redirectUris })
    assert.equal(await isRememberedOf(server, app, 'openid'), true)
    const more = [...redirectUris, 'https://elsewhere.example/callback']
    await admin.patch(`/admin/oauth-clients/${app.id}`, { redirectUris: more })
    assert.equal(await isRememberedOf(server, app, 'openid'), false)
  })

  test('an app that asks for no prompt is told that somebody has to be asked', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, browser } = await app.begin('openid', { prompt: 'none' })
    const answer = await browser.send(url)
    assert.match(answer.headers.get('location') ?? '', /error=login_required/)
  })
})
