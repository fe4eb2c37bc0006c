import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionId, UserId } from '@cloudsync/protocol'
import { decodeJwt } from 'jose'
import { sql } from 'kysely'
import { purgeSessions } from './purge-sessions.ts'
import { startIdentity } from './testing/start-identity.ts'

function sessionOf(accessToken: string): SessionId {
  return String(decodeJwt(accessToken)['sid']) as SessionId
}

test('a session that ends in this process is over at once, and its followers are told', async () => {
  await using fixture = await startIdentity()
  const { server, identity } = fixture
  const { accessToken } = await server.signIn()
  assert.equal((await server.me(accessToken)).status, 200)
  const ended: unknown[] = []
  identity.onSessionEnded(() => {
    throw new Error('a bad listener')
  })
  identity.onSessionEnded((end) => ended.push(end))
  assert.equal((await server.call('POST', '/auth/sign-out', { token: accessToken })).status, 204)
  assert.equal((await server.me(accessToken)).body['code'], 'not_signed_in')
  assert.equal(await identity.findSessionCaller(sessionOf(accessToken)), undefined)
  assert.deepEqual(ended, [
    { sessionId: sessionOf(accessToken), userId: decodeJwt(accessToken).sub },
  ])
})

test('a session that ends in another process is over here within a second', async () => {
  await using fixture = await startIdentity()
  const another = await fixture.startAnother()
  const { accessToken } = await fixture.server.signIn()
  assert.equal((await fixture.server.me(accessToken)).status, 200)
  assert.equal((await another.call('POST', '/auth/sign-out', { token: accessToken })).status, 204)
  fixture.clock.advance(1)
  assert.equal((await fixture.server.me(accessToken)).status, 401)
})

test('a read that began before the end of a session does not bring it back', async () => {
  await using fixture = await startIdentity()
  const { accessToken } = await fixture.server.signIn()
  const end = fixture.server.call('POST', '/auth/sign-out', { token: accessToken })
  await Promise.all([end, ...Array.from({ length: 20 }, () => fixture.server.me(accessToken))])
  assert.equal((await fixture.server.me(accessToken)).status, 401)
})

test('those who ask for a session at once share one look at the database, unless it is a second old', async () => {
  await using fixture = await startIdentity()
  const { identity, clock } = fixture
  const sessionId = sessionOf((await fixture.server.signIn()).accessToken)
  clock.advance(1)
  const one = identity.findSessionCaller(sessionId)
  const another = identity.findSessionCaller(sessionId)
  clock.advance(1)
  const later = identity.findSessionCaller(sessionId)
  const found = await one
  assert.equal(found?.sessionId, sessionId)
  assert.equal(await another, found)
  assert.notEqual(await later, found)
})

test('moving tokens_valid_after voids all sessions from before, and none from after', async () => {
  await using fixture = await startIdentity()
  const { server, db, clock } = fixture
  const before = await server.signIn()
  const userId = String(decodeJwt(before.accessToken).sub) as UserId
  await db.kysely
    .updateTable('users')
    .set({ tokens_valid_after: sql<Date>`clock_timestamp()` })
    .where('id', '=', userId)
    .execute()
  const after = await server.signIn()
  clock.advance(1)
  assert.equal((await server.me(before.accessToken)).body['code'], 'not_signed_in')
  assert.equal((await server.refresh(before.refreshToken)).body['code'], 'not_signed_in')
  assert.equal((await server.me(after.accessToken)).status, 200)
  assert.equal((await server.refresh(after.refreshToken)).status, 200)
})

test('who is no administrator any more is none within a second, whatever the token was made for', async () => {
  await using fixture = await startIdentity()
  const { server, db, clock } = fixture
  const { accessToken } = await server.signIn()
  assert.equal((await server.call('GET', '/users', { token: accessToken })).status, 200)
  await db.kysely.updateTable('users').set({ is_admin: false }).execute()
  clock.advance(1)
  const answer = await server.call('GET', '/users', { token: accessToken })
  assert.equal(answer.status, 403)
  assert.equal(answer.body['code'], 'forbidden')
})

test('a deleted account takes its sessions along', async () => {
  await using fixture = await startIdentity()
  const { server, db, clock } = fixture
  const { accessToken, refreshToken } = await server.signIn()
  await db.kysely.deleteFrom('users').execute()
  clock.advance(1)
  assert.equal((await server.me(accessToken)).status, 401)
  assert.equal((await server.refresh(refreshToken)).status, 401)
})

test('a session remembers the browser, shortened', async () => {
  await using fixture = await startIdentity()
  const answer = await fetch(`${fixture.server.url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'Browser/1 '.repeat(100) },
    body: JSON.stringify({ email: 'ada@example.org', password: 'analytical engine' }),
  })
  assert.equal(answer.status, 200)
  const session = await fixture.db.kysely
    .selectFrom('sessions')
    .select('user_agent')
    .executeTakeFirst()
  assert.equal(session?.user_agent, 'Browser/1 '.repeat(100).slice(0, 256))
})

test('what can no longer prove anything is deleted, and nothing else', async () => {
  await using fixture = await startIdentity()
  const { server, db, clock } = fixture
  const gone = await server.signIn()
  await server.call('POST', '/auth/sign-out', { token: gone.accessToken })
  let kept = await server.signIn()
  for (let week = 0; week < 5; week++) {
    clock.advance(7 * 24 * 3600)
    const { body } = await server.refresh(kept.refreshToken)
    kept = { ...kept, ...body }
  }
  const used = await db.kysely.selectFrom('refresh_tokens').select('token_hash').execute()
  assert.equal(used.length, 7)
  await purgeSessions(db, clock.now())
  const sessions = await db.kysely.selectFrom('sessions').select('id').execute()
  assert.deepEqual(sessions, [{ id: sessionOf(kept.accessToken) }])
  const tokens = await db.kysely.selectFrom('refresh_tokens').select('token_hash').execute()
  assert.equal(tokens.length, 5)
  assert.equal((await server.refresh(kept.refreshToken)).status, 200)
})
