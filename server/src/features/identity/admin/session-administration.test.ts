import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdminSession, Page } from '@cloudsync/protocol'
import { startIdentity } from '../testing/start-identity.ts'

const bob = { email: 'bob@example.org', name: 'Bob', password: 'bob likes bytes' }

async function startWithBob() {
  const fixture = await startIdentity()
  const { server } = fixture
  const admin = (await server.signIn()).accessToken
  const { body } = await server.call('POST', '/users', { token: admin, body: bob })
  const list = async (query = '') => {
    const answer = await server.call('GET', `/admin/sessions${query}`, { token: admin })
    return answer.json<Page<AdminSession>>()
  }
  const remove = (path: string) => server.call('DELETE', path, { token: admin })
  return { ...fixture, admin, bobId: String(body['id']), list, remove }
}

test('administrators see where everybody is signed in, page by page, and find it by a name', async () => {
  await using fixture = await startWithBob()
  const { server, bobId, list } = fixture
  const { accessToken } = await server.signIn(bob)
  await server.signIn(bob)
  const body = { name: 'backup', scopes: ['account:read'], expiresInDays: 1 }
  await server.call('POST', '/account/tokens', { token: accessToken, body })
  const first = await list('?limit=2')
  assert.equal(first.items.length, 2)
  const rest = await list(`?limit=2&cursor=${first.nextCursor}`)
  const all = [...first.items, ...rest.items]
  assert.deepEqual(
    all.map(({ userName, kind, tokenName, isCurrent }) => [userName, kind, tokenName, isCurrent]),
    [
      ['Bob', 'token', 'backup', false],
      ['Bob', 'sign_in', null, false],
      ['Bob', 'sign_in', null, false],
      ['Ada', 'sign_in', null, true],
    ],
  )
  assert.equal((await list('?query=BOB%40')).items.length, 3)
  assert.equal((await list(`?userId=${bobId}`)).items.length, 3)
  assert.equal((await list('?query=100%25')).items.length, 0)
})

test('one session is ended by an administrator, who is named in the event', async () => {
  await using fixture = await startWithBob()
  const { server, admin, bobId, list, remove, identity, db } = fixture
  const { accessToken, refreshToken } = await server.signIn(bob)
  const [session] = (await list(`?userId=${bobId}`)).items
  const ended: string[] = []
  identity.onSessionEnded(({ sessionId }) => ended.push(sessionId))
  assert.equal((await remove(`/admin/sessions/${session?.id}`)).status, 204)
  assert.deepEqual(ended, [session?.id])
  assert.equal((await server.me(accessToken)).body['code'], 'not_signed_in')
  assert.equal((await server.refresh(refreshToken)).status, 401)
  assert.equal((await list(`?userId=${bobId}`)).items.length, 0)
  const nobodys = await remove(`/admin/sessions/${crypto.randomUUID()}`)
  assert.equal(nobodys.body['code'], 'not_found')
  const events = await db.kysely
    .selectFrom('events')
    .select('actor_id')
    .where('type', '=', 'session.ended')
    .execute()
  assert.deepEqual(events, [{ actor_id: (await server.me(admin)).body['id'] }])
})

test('somebody is signed out everywhere, and their tokens go on', async () => {
  await using fixture = await startWithBob()
  const { server, bobId, remove } = fixture
  const [one, two] = [await server.signIn(bob), await server.signIn(bob)]
  const body = { name: 'x', scopes: ['account:read'], expiresInDays: 1 }
  const made = await server.call('POST', '/account/tokens', { token: one.accessToken, body })
  assert.equal((await remove(`/admin/users/${bobId}/sessions`)).status, 204)
  for (const { accessToken } of [one, two]) assert.equal((await server.me(accessToken)).status, 401)
  assert.equal((await server.me(String(made.body['token']))).status, 200)
  const nobody = await remove(`/admin/users/${crypto.randomUUID()}/sessions`)
  assert.equal(nobody.body['code'], 'not_found')
})

test('an administrator who signs themselves out elsewhere stays where they are', async () => {
  await using fixture = await startWithBob()
  const { server, admin, remove } = fixture
  const elsewhere = await server.signIn()
  const { body: me } = await server.me(admin)
  assert.equal((await remove(`/admin/users/${String(me['id'])}/sessions`)).status, 204)
  assert.equal((await server.me(admin)).status, 200)
  assert.equal((await server.me(elsewhere.accessToken)).status, 401)
})
