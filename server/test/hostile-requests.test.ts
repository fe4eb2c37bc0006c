import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startTestServer } from '../testing/index.ts'

async function post(url: string, body: string): Promise<{ status: number; code: string }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8')
  return { status: answer.status, code: ((await answer.json()) as { code: string }).code }
}

suite('requests of strangers', () => {
  test('have their JSON read only where a stranger may call, and no more of it than is of use', async () => {
    await using server = await startTestServer()
    // Four megabytes of open brackets hold the event loop for a third of a second.
    const brackets = '['.repeat(4_000_000)
    assert.deepEqual(await post(`${server.url}/api/v1/users`, brackets), {
      status: 401,
      code: 'not_signed_in',
    })
    assert.deepEqual(await post(`${server.url}/api/v1/auth/sign-in`, brackets), {
      status: 413,
      code: 'too_large',
    })
    assert.deepEqual(await post(`${server.url}/api/v1/auth/sign-in`, '['), {
      status: 400,
      code: 'bad_request',
    })
  })
})
