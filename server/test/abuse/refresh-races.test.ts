import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startTestServer, TestCaller, type TestServer } from '../../testing/index.ts'

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

async function post(url: string, path: string, body: object): Promise<Response> {
  return fetch(`${url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function refresh(url: string, refreshToken: string): Promise<Tokens | undefined> {
  const answer = await post(url, 'refresh', { refreshToken })
  return answer.ok ? ((await answer.json()) as Tokens) : undefined
}

async function isGood(url: string, accessToken: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}` }
  return (await fetch(`${url}/api/v1/me`, { headers })).ok
}

/** The tokens that would still be taken, by the session that they belong to. */
async function unusedTokens({ db }: TestServer): Promise<number[]> {
  const { rows } = await db.database.pool.query<{ unused: number }>(
    `SELECT count(*)::int AS unused FROM refresh_tokens JOIN sessions ON sessions.id = session_id
      WHERE consumed_at IS NULL AND revoked_at IS NULL GROUP BY session_id`,
  )
  return rows.map(({ unused }) => unused)
}

suite('a refresh token that many use at once', () => {
  test('has one successor on two servers, twenty at a time and generation after generation', async () => {
    await using server = await startTestServer()
    await using other = await server.openAnother()
    const urls = [server.url, other.url]
    const before = await unusedTokens(server)
    let { refreshToken } = server.admin
    for (let generation = 0; generation < 5; generation += 1) {
      const token = refreshToken
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => refresh(urls[index % 2] ?? '', token)),
      )
      const successors = new Set(answers.map((tokens) => tokens?.refreshToken))
      assert.equal(successors.size, 1, 'the family has forked')
      refreshToken = [...successors][0] ?? ''
      assert.notEqual(refreshToken, '')
      assert.deepEqual(await unusedTokens(server), before)
    }
  })

  test('ends its session when one of them is a generation late', async () => {
    await using server = await startTestServer()
    const first = server.admin.refreshToken
    const second = await refresh(server.url, first)
    assert.ok(second)
    const third = await refresh(server.url, second.refreshToken)
    assert.ok(third)
    // The thief and the owner, at once and in any order.
    const tokens = [first, second.refreshToken, third.refreshToken, first]
    await Promise.all(tokens.map((token) => refresh(server.url, token)))
    for (const token of tokens) assert.equal(await refresh(server.url, token), undefined)
    for (const { accessToken } of [server.admin, second, third])
      assert.equal(await isGood(server.url, accessToken), false)
    assert.deepEqual(await unusedTokens(server), [])
  })

  test('gives nobody anything that outlives signing out', async () => {
    await using server = await startTestServer()
    const account = { email: 'ada@example.com', password: 'correct horse battery' }
    for (let round = 0; round < 3; round += 1) {
      const { refreshToken } = await TestCaller.signIn(server.url, account)
      const racing = Array.from({ length: 20 }, () => refresh(server.url, refreshToken))
      const out = post(server.url, 'sign-out', { refreshToken })
      const won = (await Promise.all(racing)).filter((tokens) => tokens !== undefined)
      assert.equal((await out).status, 204)
      for (const tokens of won) {
        assert.equal(await isGood(server.url, tokens.accessToken), false)
        assert.equal(await refresh(server.url, tokens.refreshToken), undefined)
      }
    }
  })
})
