import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startTestServer } from '../../testing/index.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

async function signIn(url: string, account: object, from: string) {
  const answer = await fetch(`${url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify(account),
  })
  const { code } = (await answer.json()) as { code?: string }
  return { status: answer.status, code, retryAfter: answer.headers.get('retry-after') }
}

suite('guesses at a password', () => {
  test('are counted by the address that a trusted proxy tells, whatever else the sender says', async () => {
    await using server = await startTestServer()
    const guess = (from: string) => signIn(server.url, { ...ada, password: 'a wrong one' }, from)
    for (let count = 0; count < 10; count += 1) {
      // The hops before the last are the sender's own words.
      const { code } = await guess(`192.0.2.${count}, 203.0.113.7`)
      assert.equal(code, 'wrong_credentials')
    }
    const refused = await guess('198.51.100.1, 203.0.113.7')
    assert.equal(refused.code, 'rate_limited')
    assert.ok(Number(refused.retryAfter) > 0)
  })

  test('lock nobody out: the owner comes in from elsewhere at once', async () => {
    await using server = await startTestServer()
    for (let count = 0; count < 11; count += 1)
      await signIn(server.url, { ...ada, password: 'a wrong one' }, '203.0.113.7')
    assert.equal((await signIn(server.url, ada, '203.0.113.7')).status, 429)
    assert.equal((await signIn(server.url, ada, '198.51.100.1')).status, 200)
  })

  test('are slowed down alike for an account that there is and one that there is not', async () => {
    await using server = await startTestServer()
    const outcomes = async (email: string, from: string) => {
      const found: unknown[] = []
      for (let count = 0; count < 12; count += 1) {
        const { status, code } = await signIn(server.url, { email, password: 'a wrong one' }, from)
        found.push([status, code])
      }
      return found
    }
    assert.deepEqual(
      await outcomes(ada.email, '203.0.113.7'),
      await outcomes('nobody@example.com', '203.0.113.8'),
    )
  })

  test('are the same guess however the address is written', async () => {
    await using server = await startTestServer()
    const spellings = [ada.email, 'ADA@EXAMPLE.COM', ' ada@example.com ', 'Ada@Example.com\t']
    for (let count = 0; count < 10; count += 1) {
      const email = spellings[count % spellings.length]
      await signIn(server.url, { email, password: 'a wrong one' }, '203.0.113.7')
    }
    assert.equal((await signIn(server.url, ada, '203.0.113.7')).code, 'rate_limited')
  })
})
