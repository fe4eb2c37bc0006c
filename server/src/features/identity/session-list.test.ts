import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, startIdentity, type IdentityServer } from './testing/start-identity.ts'

interface Item {
  readonly id: string
  readonly userAgent: string
  readonly network: string
  readonly isCurrent: boolean
  readonly lastUsedAt: string
}

async function listSessions(server: IdentityServer, token: string): Promise<Item[]> {
  return (await server.call('GET', '/account/sessions', { token })).body['items'] as Item[]
}

async function signInFrom(server: IdentityServer, from: string) {
  const answer = await server.call('POST', '/auth/sign-in', { body: ada, from })
  return answer.json<{ accessToken: string; refreshToken: string }>()
}

test('somebody sees where they are signed in, and which of it is here', async () => {
  await using fixture = await startIdentity()
  const { server, clock } = fixture
  const phone = await signInFrom(server, '2001:db8:1:2:3:4:5:6')
  clock.advance(60)
  const laptop = await signInFrom(server, '192.0.2.7')
  const sessions = await listSessions(server, laptop.accessToken)
  assert.deepEqual(
    sessions.map(({ network, isCurrent }) => [network, isCurrent]),
    [
      ['192.0.2.7', true],
      ['2001:db8:1:2::/64', false],
    ],
  )
  assert.equal(sessions[0]?.userAgent, 'node')
  // A session that goes on is seen with when and where it was last used.
  clock.advance(60)
  await server.call('POST', '/auth/refresh', {
    body: { refreshToken: phone.refreshToken },
    from: '198.51.100.1',
  })
  const [moved] = await listSessions(server, laptop.accessToken)
  assert.equal(moved?.network, '198.51.100.1')
  assert.equal(moved.lastUsedAt, clock.now().toISOString())
})

test('one session is ended from another, and all others at once', async () => {
  await using fixture = await startIdentity()
  const { server, identity } = fixture
  const [first, second, third] = [
    await server.signIn(),
    await server.signIn(),
    await server.signIn(),
  ]
  const mine = third.accessToken
  const items = await listSessions(server, mine)
  assert.equal(items.length, 3)
  const ended: string[] = []
  identity.onSessionEnded(({ sessionId }) => ended.push(sessionId))
  const other = items.find(({ isCurrent }) => !isCurrent)
  const answer = await server.call('DELETE', `/account/sessions/${other?.id}`, { token: mine })
  assert.equal(answer.status, 204)
  assert.deepEqual(ended, [other?.id])
  assert.equal((await server.call('DELETE', '/account/sessions', { token: mine })).status, 204)
  assert.equal((await listSessions(server, mine)).length, 1)
  for (const { accessToken, refreshToken } of [first, second]) {
    assert.equal((await server.me(accessToken)).status, 401)
    assert.equal((await server.refresh(refreshToken)).status, 401)
  }
  assert.equal(ended.length, 2)
})

test('tokens of programs are no sessions in the list, and go on when the others end', async () => {
  await using fixture = await startIdentity()
  const { server } = fixture
  const { accessToken: token } = await server.signIn()
  const body = { name: 'x', scopes: ['account:read'], expiresInDays: 1 }
  const created = await server.call('POST', '/account/tokens', { token, body })
  assert.equal((await listSessions(server, token)).length, 1)
  await server.call('DELETE', '/account/sessions', { token })
  assert.equal((await server.me(String(created.body['token']))).status, 200)
  const path = `/account/sessions/${String(created.body['id'])}`
  assert.equal((await server.call('DELETE', path, { token })).body['code'], 'not_found')
})
