import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keptAsCookie, sessionHeader } from '@cloudsync/protocol'
import { ada, startIdentity, testPublicUrl, type IdentityServer } from './testing/start-identity.ts'

const daySeconds = 24 * 3600

async function signIn(server: IdentityServer): Promise<string> {
  const headers = { origin: testPublicUrl, [sessionHeader]: keptAsCookie }
  const answer = await server.call('POST', '/auth/sign-in', { headers, body: ada })
  assert.equal(answer.status, 204)
  return (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? ''
}

async function statusBy(server: IdentityServer, cookie: string): Promise<number> {
  // The servers of this test have a port each, which people do not see behind one address.
  const { port } = new URL(server.url)
  const headers = { cookie: cookie.replace(/_\d+=/, `_${port}=`) }
  return (await server.call('GET', '/me', { headers })).status
}

test('a session that rests for thirty days is over', async () => {
  await using fixture = await startIdentity()
  const { server, clock } = fixture
  const [resting, used] = [await signIn(server), await signIn(server)]
  clock.advance(20 * daySeconds)
  assert.equal(await statusBy(server, used), 200)
  await untilNoted(fixture.db, clock.now())
  clock.advance(11 * daySeconds)
  assert.equal(await statusBy(server, resting), 401)
  assert.equal(await statusBy(server, used), 200)
})

test('a session ends after ninety days, however often it is used', async () => {
  await using fixture = await startIdentity()
  const { server, clock } = fixture
  const cookie = await signIn(server)
  for (let week = 0; week < 12; week++) {
    clock.advance(7 * daySeconds)
    assert.equal(await statusBy(server, cookie), 200)
    await untilNoted(fixture.db, clock.now())
  }
  clock.advance(7 * daySeconds)
  assert.equal(await statusBy(server, cookie), 401)
})

test('a session that ends at another server is over here within a second', async () => {
  await using fixture = await startIdentity()
  const another = await fixture.startAnother()
  const cookie = await signIn(fixture.server)
  assert.equal(await statusBy(another, cookie), 200)
  const { port } = new URL(fixture.server.url)
  const headers = { origin: testPublicUrl, [sessionHeader]: keptAsCookie, cookie }
  assert.match(cookie, new RegExp(`^__Host-cs_session_${port}=`))
  await fixture.server.call('POST', '/auth/sign-out', { headers })
  fixture.clock.advance(1)
  assert.equal(await statusBy(another, cookie), 401)
})

/** The request does not wait for the note of it. */
async function untilNoted(
  db: Awaited<ReturnType<typeof startIdentity>>['db'],
  now: Date,
): Promise<void> {
  for (;;) {
    const rows = await db.kysely
      .selectFrom('sessions')
      .select('id')
      .where('last_used_at', '>=', now)
      .execute()
    if (rows.length > 0) return
  }
}
