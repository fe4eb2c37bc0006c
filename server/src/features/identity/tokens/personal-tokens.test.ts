import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionId, TokenScope } from '@cloudsync/protocol'
import { ada, startIdentity } from '../testing/start-identity.ts'
import { isWellFormed, makePersonalTokenSecret } from './token-secret.ts'

async function startTokens() {
  const fixture = await startIdentity()
  const { server } = fixture
  const { accessToken } = await server.signIn()
  const create = (scopes: readonly TokenScope[], changes: Record<string, unknown> = {}) =>
    server.call('POST', '/account/tokens', {
      token: accessToken,
      body: { name: 'a script', scopes, expiresInDays: 30, ...changes },
    })
  const make = async (...scopes: TokenScope[]) => {
    const { body } = await create(scopes)
    return { id: String(body['id']), token: String(body['token']) }
  }
  const list = async () =>
    (await server.call('GET', '/account/tokens', { token: accessToken })).body['items'] as Record<
      string,
      unknown
    >[]
  return { ...fixture, accessToken, create, make, list }
}

test('a token has a form that scanners know, and a checksum', () => {
  const token = makePersonalTokenSecret()
  assert.match(token, /^cs_pat_[0-9A-Za-z]{49}$/)
  assert.ok(isWellFormed(token))
  const other = token.at(10) === 'A' ? 'B' : 'A'
  assert.ok(!isWellFormed(token.slice(0, 10) + other + token.slice(11)), 'a typing mistake')
  for (const wrong of ['', 'cs_pat_', token.slice(1), `${token}x`, token.toUpperCase()])
    assert.ok(!isWellFormed(wrong), wrong)
})

test('a token is told once, and only its hash is stored', async () => {
  await using fixture = await startTokens()
  const { db, server, create, list } = fixture
  const created = await create(['account:read', 'account:read'])
  assert.equal(created.status, 201)
  const token = String(created.body['token'])
  assert.equal((await server.me(token)).body['email'], ada.email)
  const [item] = await list()
  assert.equal(item?.['token'], undefined)
  assert.deepEqual(item?.['scopes'], ['account:read'])
  assert.equal(item?.['hint'], token.slice(-4))
  const [row] = await db.kysely.selectFrom('personal_tokens').selectAll().execute()
  assert.ok(row && !JSON.stringify(row).includes(token) && !row.token_hash.includes(token))
})

test('a token does what its scopes say, and nothing that keeps an account safe', async () => {
  await using fixture = await startTokens()
  const { server, make, accessToken } = fixture
  const reader = await make('account:read')
  const everything = await make(
    'account:read',
    'files:read',
    'files:write',
    'spaces:manage',
    'admin',
  )
  const files = await make('files:read', 'files:write')
  const status = async (token: string, method: string, path: string, body?: unknown) => {
    const answer = await server.call(method, path, { token, ...(body ? { body } : {}) })
    return answer.body['code'] ?? answer.status
  }
  assert.equal(await status(reader.token, 'GET', '/account'), 200)
  assert.equal(await status(files.token, 'GET', '/me'), 'insufficient_scope')
  assert.equal(await status(reader.token, 'GET', '/admin/users'), 'insufficient_scope')
  assert.equal(await status(everything.token, 'GET', '/admin/users'), 200)
  // No token makes another, nor changes who may sign in.
  for (const [method, path] of [
    ['POST', '/account/tokens'],
    ['DELETE', `/account/tokens/${reader.id}`],
    ['PUT', '/account/password'],
    ['POST', '/account/email'],
    ['POST', '/account/proof'],
    ['POST', '/account/totp'],
    ['DELETE', '/account/totp'],
    ['POST', '/account/passkeys/options'],
    ['DELETE', '/account/sessions'],
    ['PATCH', '/account'],
  ] as const)
    assert.equal(
      await status(everything.token, method, path),
      'insufficient_scope',
      `${method} ${path}`,
    )
  const refused = await server.call('GET', '/admin/users', { token: reader.token })
  assert.equal(refused.status, 403)
  assert.match(refused.headers.get('www-authenticate') ?? '', /insufficient_scope.*scope="admin"/)
  assert.equal(await status(accessToken, 'GET', '/admin/users'), 200, 'who signed in may all')
})

test('the scope of an administrator makes none', async () => {
  await using fixture = await startTokens()
  const { server, accessToken } = fixture
  const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }
  await server.call('POST', '/users', { token: accessToken, body: bob })
  const { accessToken: bobs } = await server.signIn(bob)
  const body = { name: 'x', scopes: ['admin'], expiresInDays: 1 }
  const created = await server.call('POST', '/account/tokens', { token: bobs, body })
  const token = String(created.body['token'])
  assert.equal((await server.call('GET', '/admin/users', { token })).body['code'], 'forbidden')
})

test('a revoked token is refused at once, here and elsewhere, and those who follow are told', async () => {
  await using fixture = await startTokens()
  const { server, identity, clock, make, accessToken, list } = fixture
  const another = await fixture.startAnother()
  const { id, token } = await make('account:read')
  assert.equal((await server.me(token)).status, 200)
  assert.equal((await another.me(token)).status, 200)
  const ended: unknown[] = []
  identity.onSessionEnded(({ sessionId }) => ended.push(sessionId))
  const path = `/account/tokens/${id}`
  assert.equal((await server.call('DELETE', path, { token: accessToken })).status, 204)
  assert.equal((await server.me(token)).body['code'], 'not_signed_in')
  assert.deepEqual(ended, [id])
  clock.advance(1)
  assert.equal((await another.me(token)).status, 401)
  assert.deepEqual(await list(), [])
})

test('a token ends when it was said to, and its last use is known to the minute', async () => {
  await using fixture = await startTokens()
  const { server, clock, make, list } = fixture
  const { token } = await make('account:read')
  assert.equal((await list())[0]?.['lastUsedAt'], null)
  clock.advance(3600)
  await server.me(token)
  clock.advance(30)
  await server.me(token)
  const { accessToken } = await server.signIn()
  const used = async () => {
    const { body } = await server.call('GET', '/account/tokens', { token: accessToken })
    return (body['items'] as { lastUsedAt: string | null }[])[0]?.lastUsedAt
  }
  while ((await used()) === null) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(Date.parse((await used()) ?? ''), clock.now().getTime() - 30_000)
  clock.advance(30 * 24 * 3600)
  assert.equal((await server.me(token)).body['code'], 'not_signed_in')
})

test('a token of a person has an end and a known scope', async () => {
  await using fixture = await startTokens()
  const { create } = fixture
  assert.equal((await create(['account:read'], { expiresInDays: null })).status, 400)
  assert.equal((await create(['account:read'], { expiresInDays: 367 })).status, 400)
  assert.equal((await create([])).status, 400)
  assert.equal((await create(['root' as TokenScope])).status, 400)
})

test('nobody sees or revokes the tokens and sessions of somebody else', async () => {
  await using fixture = await startTokens()
  const { server, make, accessToken } = fixture
  const mine = await make('account:read')
  const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }
  await server.call('POST', '/users', { token: accessToken, body: bob })
  const { accessToken: bobs } = await server.signIn(bob)
  const call = (method: string, path: string) => server.call(method, path, { token: bobs })
  assert.deepEqual((await call('GET', '/account/tokens')).body['items'], [])
  assert.equal((await call('DELETE', `/account/tokens/${mine.id}`)).body['code'], 'not_found')
  const sessions = await server.call('GET', '/account/sessions', { token: accessToken })
  const [session] = sessions.body['items'] as { id: SessionId }[]
  assert.equal(
    (await call('DELETE', `/account/sessions/${String(session?.id)}`)).body['code'],
    'not_found',
  )
  assert.equal((await server.me(mine.token)).status, 200)
})

test('what looks like a token and is none costs no search, and opens nothing', async () => {
  await using fixture = await startTokens()
  const { server } = fixture
  for (const token of ['cs_pat_', `cs_pat_${'a'.repeat(49)}`, makePersonalTokenSecret()])
    assert.equal((await server.me(token)).body['code'], 'not_signed_in')
})
