import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { CreatedInitialAccessToken, InitialAccessToken, Page } from '@cloudsync/protocol'
import * as client from 'openid-client'
import { OAuthApp } from '../testing/oauth-app.ts'
import { startTestServer, type TestServer } from '../testing/index.ts'

interface Registered {
  readonly id: string
  readonly name: string
  readonly clientSecret: string | null
}

const web = {
  name: 'Reports',
  kind: 'web',
  redirectUris: ['https://reports.example/callback'],
  scopes: ['openid', 'files:read'],
}

function send(server: TestServer, method: string, path: string, body: object): Promise<Response> {
  return server.admin.send(method, `/admin/oauth-clients${path}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

suite('clients that administrators keep', () => {
  test('have a secret that is told once, when they can keep one', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const created = await admin.post<Registered>('/admin/oauth-clients', web)
    assert.match(created.clientSecret ?? '', /^[\w-]{43}$/)
    const shown = await admin.get<object>(`/admin/oauth-clients/${created.id}`)
    assert.ok(!('clientSecret' in shown))
    const native = { ...web, kind: 'native', redirectUris: ['http://127.0.0.1/callback'] }
    assert.equal((await admin.post<Registered>('/admin/oauth-clients', native)).clientSecret, null)
    const { items } = await admin.get<{ items: Registered[] }>('/admin/oauth-clients')
    assert.deepEqual(
      items.map(({ name }) => name),
      ['Reports', 'Reports', 'CloudSync command line'],
    )
  })

  test('are changed, given another secret, and removed', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const app = await OAuthApp.register(admin)
    const changed = await admin.patch<Registered>(`/admin/oauth-clients/${app.id}`, { name: 'New' })
    assert.equal(changed.name, 'New')
    const { clientSecret } = await admin.post<{ clientSecret: string }>(
      `/admin/oauth-clients/${app.id}/secret`,
    )
    await assert.rejects(app.signIn(admin))
    const renewed = await OAuthApp.of(server.url, { id: app.id, clientSecret }, app.redirectUri)
    await renewed.signIn(admin)
    await admin.delete(`/admin/oauth-clients/${app.id}`)
    assert.equal((await admin.send('GET', `/admin/oauth-clients/${app.id}`)).status, 404)
    assert.equal((await admin.send('DELETE', '/admin/oauth-clients/cloudsync-cli')).status, 403)
  })

  test('have ids that can be asked for: what cannot be one is refused', async () => {
    await using server = await startTestServer()
    const { admin, url } = server
    for (const id of ['%00', 'a%00b', '%F0%9F%92%A9', 'a%20b', 'x'.repeat(201)]) {
      const path = `/admin/oauth-clients/${id}`
      for (const [method, at] of [
        ['GET', path],
        ['DELETE', path],
        ['POST', `${path}/secret`],
        ['GET', `/admin/oauth-clients?cursor=${id}`],
        ['DELETE', `/me/grants/${id}`],
      ] as const)
        assert.equal((await admin.send(method, at)).status, 400, `${method} ${at}`)
      assert.equal((await send(server, 'PATCH', `/${id}`, { name: 'New' })).status, 400)
      const token = await fetch(`${url}/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `grant_type=refresh_token&refresh_token=x&client_id=${id}`,
      })
      assert.equal(token.status, 401, id)
      assert.equal(((await token.json()) as { error: string }).error, 'invalid_client')
    }
  })

  test('redirect to https, to an app of the machine, or to a scheme of their own', async () => {
    await using server = await startTestServer()
    const statusOf = async (kind: string, uri: string) =>
      (await send(server, 'POST', '', { ...web, kind, redirectUris: [uri] })).status
    assert.equal(await statusOf('native', 'org.example.app:/callback'), 201)
    assert.equal(await statusOf('native', 'http://[::1]/callback'), 201)
    for (const uri of [
      'http://reports.example/callback',
      'https://reports.example/#fragment',
      'https://user@reports.example/',
      'javascript:alert(1)',
      'data:text/html,x',
      'not a uri',
    ])
      assert.equal(await statusOf('web', uri), 400, uri)
  })

  test('are nothing for anybody else', async () => {
    await using server = await startTestServer()
    const bob = await server.addUser('Bob')
    assert.equal((await bob.send('GET', '/admin/oauth-clients')).status, 403)
  })
})

suite('clients that register themselves (RFC 7591)', () => {
  const metadata = {
    client_name: 'Itself',
    redirect_uris: ['https://itself.example/callback'],
    token_endpoint_auth_method: 'client_secret_basic',
  }
  const insecure = { execute: [client.allowInsecureRequests] }

  test('need a token that an administrator has made', async () => {
    await using server = await startTestServer()
    const { admin, url } = server
    const { token } = await admin.post<{ token: string }>('/admin/oauth-initial-access-tokens')
    const configuration = await client.dynamicClientRegistration(
      new URL(url),
      metadata,
      undefined,
      { ...insecure, initialAccessToken: token },
    )
    const { client_id: id, client_secret: clientSecret } = configuration.clientMetadata()
    assert.ok(clientSecret)
    const registered = { id, clientSecret }
    const app = await OAuthApp.of(url, registered, 'https://itself.example/callback')
    assert.equal((await app.signIn(admin, 'openid files:read')).scope, 'openid files:read')
    for (const initialAccessToken of ['wrong', undefined])
      await assert.rejects(
        client.dynamicClientRegistration(new URL(url), metadata, undefined, {
          ...insecure,
          ...(initialAccessToken === undefined ? {} : { initialAccessToken }),
        }),
      )
  })

  test('stay as they have registered in all that an administrator does not change', async () => {
    await using server = await startTestServer()
    const { admin, url, db } = server
    const { token } = await admin.post<{ token: string }>('/admin/oauth-initial-access-tokens')
    const answer = await fetch(`${url}/oauth/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...metadata,
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['authorization_code'],
      }),
    })
    const { client_id: id } = (await answer.json()) as { client_id: string }
    const read = () =>
      db.database.kysely
        .selectFrom('oauth_clients')
        .select('metadata')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    const before = await read()
    assert.equal(before.metadata['token_endpoint_auth_method'], 'client_secret_post')
    const changes = { name: 'Renamed', redirectUris: ['https://itself.example/new'] }
    await admin.patch(`/admin/oauth-clients/${id}`, {
      ...changes,
      scopes: ['openid', 'files:read'],
    })
    assert.deepEqual((await read()).metadata, {
      ...before.metadata,
      client_name: 'Renamed',
      redirect_uris: ['https://itself.example/new'],
      scope: 'openid files:read',
    })
    // It would have no address that its codes could be sent to.
    assert.equal((await send(server, 'PATCH', `/${id}`, { redirectUris: [] })).status, 400)
  })

  test('cannot ask for what administrators may, nor for grants that we do not have', async () => {
    await using server = await startTestServer()
    const { token } = await server.admin.post<{ token: string }>(
      '/admin/oauth-initial-access-tokens',
    )
    const register = (changes: object) =>
      fetch(`${server.url}/oauth/register`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...metadata, ...changes }),
      })
    assert.equal((await register({})).status, 201)
    for (const changes of [
      { scope: 'openid admin' },
      { grant_types: ['implicit'], response_types: ['id_token'] },
      { grant_types: ['client_credentials'], response_types: [] },
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://127.0.0.1:1/' },
      { redirect_uris: ['http://itself.example/callback'] },
      { client_name: 'Bank\u202Etxt.' },
      { client_name: 'Ba\u00ADnk' },
      { client_name: 'x'.repeat(101) },
    ])
      assert.equal((await register(changes)).status, 400, JSON.stringify(changes))
  })
})

suite('tokens by which apps register themselves', () => {
  const path = '/admin/oauth-initial-access-tokens'
  const register = ({ url }: TestServer, token: string) =>
    fetch(`${url}/oauth/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://itself.example/callback'] }),
    })
  const list = (server: TestServer, query = '') =>
    server.admin.get<Page<InitialAccessToken>>(path + query)

  test('are listed without themselves, by who made them and until when they are good', async () => {
    await using server = await startTestServer()
    const { token, ...made } = await server.admin.post<CreatedInitialAccessToken>(path, {
      expiresInSeconds: 3_600,
    })
    assert.equal(made.createdBy, 'Ada')
    const hours = (Date.parse(made.expiresAt) - Date.parse(made.createdAt)) / 3_600_000
    assert.ok(Math.abs(hours - 1) < 0.01, `${hours} hours`)
    assert.deepEqual(await list(server), { items: [made], nextCursor: null })
    assert.ok(!(await server.admin.text(path)).includes(token))
    // What is shown of one is none.
    assert.equal((await register(server, made.id)).status, 401)
    assert.equal((await register(server, token)).status, 201)
  })

  test('are listed by pages, those that are over not at all', async () => {
    await using server = await startTestServer()
    const made = []
    for (let count = 0; count < 3; count += 1)
      made.push(await server.admin.post<CreatedInitialAccessToken>(path))
    await server.db.database.pool.query(
      `UPDATE oauth_records SET expires_at = now() WHERE id_hash = decode($1, 'hex')`,
      [made[0]?.id],
    )
    const found = []
    let cursor: string | null = null
    do {
      const page: Page<InitialAccessToken> = await list(
        server,
        `?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`,
      )
      found.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    assert.deepEqual(
      found,
      made
        .slice(1)
        .map(({ id }) => id)
        .toSorted(),
    )
  })

  test('are worth nothing once they are revoked; what has registered by them stays', async () => {
    await using server = await startTestServer()
    const { admin, db } = server
    const { id, token } = await admin.post<CreatedInitialAccessToken>(path)
    const other = await admin.post<CreatedInitialAccessToken>(path)
    const registered = (await (await register(server, token)).json()) as { client_id: string }
    await admin.delete(`${path}/${id}`)
    assert.equal((await register(server, token)).status, 401)
    assert.equal((await register(server, other.token)).status, 201)
    await admin.get(`/admin/oauth-clients/${registered.client_id}`)
    assert.deepEqual(
      (await list(server)).items.map((item) => item.id),
      [other.id],
    )
    assert.equal((await admin.send('DELETE', `${path}/${id}`)).status, 404)
    assert.equal((await admin.send('DELETE', `${path}/not-one`)).status, 400)
    const { rows } = await db.database.pool.query<{
      type: string
      tokenId: string
      hasActor: boolean
    }>(
      `SELECT type, payload ->> 'tokenId' AS "tokenId", actor_id IS NOT NULL AS "hasActor" FROM events
       WHERE type LIKE 'registration_token.%' ORDER BY id`,
    )
    assert.deepEqual(
      rows.map((row) => [row.type, row.tokenId, row.hasActor]),
      [
        ['registration_token.created', id, true],
        ['registration_token.created', other.id, true],
        ['registration_token.revoked', id, true],
      ],
    )
  })

  test('are nothing for anybody else', async () => {
    await using server = await startTestServer()
    const { id } = await server.admin.post<CreatedInitialAccessToken>(path)
    const bob = await server.addUser('Bob')
    for (const [method, at] of [
      ['GET', path],
      ['POST', path],
      ['DELETE', `${path}/${id}`],
    ] as const)
      assert.equal((await bob.send(method, at)).status, 403, method)
  })
})
