import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as client from 'openid-client'
import { openLog } from '../src/open-log.ts'
import { LogLines } from '../testing/log-lines.ts'
import { allow, OAuthApp, openConsent } from '../testing/oauth-app.ts'
import { startTestServer, waitUntil, type TestServer } from '../testing/index.ts'

const wrongSecret = 'a-secret-that-is-not-that-of-the-app'

function askForToken(
  { url }: Pick<TestServer, 'url'>,
  app: Pick<OAuthApp, 'id'>,
  secret: string | null,
  address = '192.0.2.1',
): Promise<Response> {
  return fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${app.id}:${secret}`)}`,
      'x-forwarded-for': address,
    },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nothing' }),
  })
}

suite('the endpoints of OAuth', () => {
  test('are counted by network, the more strictly the more they cost', async () => {
    await using server = await startTestServer()
    const policies = {
      '/.well-known/openid-configuration': '"api";q=1000;w=60',
      '/.well-known/jwks.json': '"api";q=1000;w=60',
      '/oauth/authorize': '"api";q=1000;w=60',
      '/oauth/userinfo': '"api";q=1000;w=60',
      '/oauth/token': '"POST /oauth/token";q=300;w=60',
      '/oauth/revoke': '"POST /oauth/revoke";q=300;w=60',
      '/oauth/device': '"POST /oauth/device";q=60;w=60',
      '/oauth/register': '"POST /oauth/register";q=20;w=60',
      '/oauth/external/home/callback': '"GET /oauth/external/:providerId/callback";q=60;w=60',
    }
    for (const [path, policy] of Object.entries(policies)) {
      const answer = await fetch(server.url + path, { redirect: 'manual' })
      assert.equal(answer.headers.get('ratelimit-policy'), policy, path)
    }
    const register = () => fetch(`${server.url}/oauth/register`, { method: 'POST' })
    for (let count = 1; count < 20; count++) assert.notEqual((await register()).status, 429)
    const refused = await register()
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
  })

  test('have the headers that keep an answer from being anything else, also when they refuse', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const answers = {
      authorization: await fetch(`${server.url}/oauth/authorize?client_id=nobody`, {
        headers: { accept: 'text/html' },
      }),
      token: await askForToken(server, app, app.secret),
      registration: await fetch(`${server.url}/oauth/register`, { method: 'POST' }),
      userinfo: await fetch(`${server.url}/oauth/userinfo`),
      nothing: await fetch(`${server.url}/oauth/nothing`),
    }
    for (const [name, { headers, status }] of Object.entries(answers)) {
      assert.ok(status >= 400, name)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', name)
      assert.equal(headers.get('referrer-policy'), 'no-referrer', name)
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, name)
      assert.equal(headers.get('cache-control'), 'no-store', name)
      assert.ok(headers.get('x-request-id'), name)
    }
    assert.equal(answers.nothing.status, 404)
  })

  test('are known to metrics by their routes, whatever is in their paths', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    await app.signIn(server.admin)
    for (const path of ['/oauth/authorize/unknown', '/oauth/token/unknown', '/oauth/TOKEN'])
      await fetch(server.url + path)
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const routes = text.matchAll(/route="(?<route>\/(?:oauth|\.well-known)[^"]*)"/g)
    assert.deepEqual(
      new Set([...routes].map(({ groups }) => groups?.['route'])),
      new Set([
        '/.well-known/jwks.json',
        '/.well-known/openid-configuration',
        '/oauth/authorize',
        '/oauth/authorize/:uid',
        '/oauth/interactions/:uid',
        '/oauth/interactions/:uid/consent',
        '/oauth/token',
      ]),
    )
  })

  test('tell the page of an app that it has asked too often, and go on to say whether it may ask', async () => {
    await using server = await startTestServer()
    const origin = 'https://spa.example'
    const app = await OAuthApp.register(server.admin, {
      kind: 'browser',
      redirectUri: `${origin}/callback`,
    })
    const ask = () =>
      fetch(`${server.url}/oauth/device`, {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({ client_id: app.id }),
      })
    for (let count = 0; count < 60; count += 1) assert.notEqual((await ask()).status, 429)
    const refused = await ask()
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('access-control-allow-origin'), '*')
    assert.match(refused.headers.get('access-control-expose-headers') ?? '', /Retry-After/)
    assert.equal(((await refused.json()) as { code: string }).code, 'rate_limited')
    const preflight = await fetch(`${server.url}/oauth/device`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin)
  })

  test('leave nothing in the log that opens a door', async () => {
    const lines = new LogLines()
    const log = openLog({ logLevel: 'trace' }, lines)
    await using server = await startTestServer({ log })
    const { admin } = server
    const app = await OAuthApp.register(admin)
    const { url, verifier, state, browser } = await app.begin('openid account:read')
    const back = await allow(admin, url, browser)
    const tokens = await app.exchange(back, verifier, state)
    const next = await app.refresh(tokens.refresh_token)
    await client.fetchUserInfo(app.configuration, next.access_token, client.skipSubjectCheck)
    await assert.rejects(app.exchange(back, verifier, state))
    await askForToken(server, app, wrongSecret)
    const commandLine = await OAuthApp.of(
      server.url,
      { id: 'cloudsync-cli', clientSecret: null },
      '',
    )
    const device = await client.initiateDeviceAuthorization(commandLine.configuration, {
      scope: 'openid',
    })
    await fetch(device.verification_uri_complete ?? '')
    await admin.post('/oauth/device-codes/look', { userCode: device.user_code })
    const initial = await admin.post<{ token: string }>('/admin/oauth-initial-access-tokens')
    const registered = await fetch(`${server.url}/oauth/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${initial.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://itself.example/callback'] }),
    })
    const { client_secret: ownSecret } = (await registered.json()) as { client_secret: string }
    const ofRegistration = () =>
      lines.of('request').some((line) => line['url.path'] === '/oauth/register')
    await waitUntil('the last request is logged', ofRegistration)
    const text = lines.texts.join('\n')
    assert.match(text, /"http.route":"\/oauth\/token"/)
    const secrets = {
      code: back.searchParams.get('code'),
      verifier,
      state,
      'client secret': app.secret,
      'wrong client secret': wrongSecret,
      'secret of a client that registered itself': ownSecret,
      'access token': tokens.access_token,
      'ID token': tokens.id_token,
      'refresh token': tokens.refresh_token,
      'next refresh token': next.refresh_token,
      'user code': device.user_code,
      'device code': device.device_code,
      'initial access token': initial.token,
      'token of the person': admin.accessToken,
    }
    for (const [name, secret] of Object.entries(secrets))
      assert.ok(secret && !text.includes(secret), name)
  })
})

suite('wrong secrets of apps', () => {
  test('are not heard any more after ten, from where they come', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    for (let count = 0; count < 10; count++)
      assert.equal((await askForToken(server, app, wrongSecret)).status, 401)
    const refused = await askForToken(server, app, app.secret)
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    assert.equal(((await refused.json()) as { error: string }).error, 'temporarily_unavailable')
    // The app itself is heard elsewhere, and other apps there.
    assert.equal((await askForToken(server, app, app.secret, '192.0.2.2')).status, 400)
    const other = await OAuthApp.register(server.admin)
    assert.equal((await askForToken(server, other, other.secret)).status, 400)
  })

  test('are forgiven by the right one', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    for (let round = 0; round < 2; round++) {
      for (let count = 0; count < 9; count++)
        assert.equal((await askForToken(server, app, wrongSecret)).status, 401)
      assert.equal((await askForToken(server, app, app.secret)).status, 400)
    }
  })

  test('from one network at many apps are not heard either', async () => {
    await using server = await startTestServer()
    const apps = []
    for (let count = 0; count < 6; count++) apps.push(await OAuthApp.register(server.admin))
    for (const app of apps.slice(0, 5))
      for (let count = 0; count < 10; count++) await askForToken(server, app, wrongSecret)
    const [last] = apps.slice(-1)
    assert.ok(last)
    assert.equal((await askForToken(server, last, last.secret)).status, 429)
    assert.equal((await askForToken(server, last, last.secret, '192.0.2.2')).status, 400)
  })
})

suite('requests under way of a browser', () => {
  test('are known by a cookie that nobody can make who knows what it names', async () => {
    await using server = await startTestServer()
    const app = await OAuthApp.register(server.admin)
    const { url, browser } = await app.begin('openid')
    const uid = await openConsent(url, browser)
    const answer = await fetch(`${server.url}/api/v1/oauth/interactions/${uid}/consent`, {
      headers: {
        authorization: `Bearer ${server.admin.accessToken}`,
        cookie: `cs_oauth=${uid}; cs_oauth.sig=${'A'.repeat(27)}`,
      },
    })
    assert.equal(answer.status, 410)
  })
})
