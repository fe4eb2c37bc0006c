import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CloudSyncError, NetworkError } from '../errors.ts'
import { readProblem } from './read-problem.ts'
import { RequestPace } from './request-pace.ts'
import { retryDelayMs, type Repetition } from './retry-delay.ts'

const unreachable = new NetworkError('unreachable', 'no line')
const refused = (code: string, status: number, retryAfterMs?: number) =>
  new CloudSyncError(code, { status, retryable: true, retryAfterMs })
const delay = (error: unknown, repetition: Repetition, failures = 1, random = 0) =>
  retryDelayMs(error, { repetition, failures, random })

suite('what is asked again', () => {
  test('waits longer each time, half of it by chance, up to 20 s', () => {
    assert.equal(delay(unreachable, 'freely', 1, 0), 125)
    assert.equal(delay(unreachable, 'freely', 1, 0.999), 250)
    assert.equal(delay(unreachable, 'freely', 4, 0), 1_000)
    assert.equal(delay(unreachable, 'freely', 500, 0.5), 15_000)
  })

  test('waits at least as long as the server asks, and not for more than a minute', () => {
    assert.equal(delay(refused('rate_limited', 429, 7_000), 'freely'), 7_000)
    assert.equal(delay(refused('rate_limited', 429, 10), 'freely'), 125)
    assert.equal(delay(refused('rate_limited', 429, 61_000), 'freely'), undefined)
  })

  test('is nothing that would be done twice, unless it was certainly not begun', () => {
    assert.equal(delay(unreachable, 'unless_done'), undefined)
    assert.equal(delay(refused('unavailable', 503), 'unless_done'), undefined)
    assert.equal(delay(refused('overloaded', 503), 'unless_done'), 125)
  })

  test('is nothing that does not pass', () => {
    assert.equal(delay(new CloudSyncError('forbidden', { status: 403 }), 'freely'), undefined)
    assert.equal(delay(refused('storage_full', 507), 'freely'), undefined)
    assert.equal(delay(new TypeError('a fault of ours'), 'freely'), undefined)
  })
})

test('a page of a proxy that stands before the server is a failure that has a code', async () => {
  const page = new Response('<h1>Bad Gateway</h1>', {
    status: 502,
    headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:05 GMT' },
  })
  const { code, retryable, retryAfterMs } = await readProblem(page, 2_000)
  assert.deepEqual(
    { code, retryable, retryAfterMs },
    {
      code: 'unavailable',
      retryable: true,
      retryAfterMs: 3_000,
    },
  )
})

test('where nothing is left of an allowance, the next of its kind waits until there is more', () => {
  let now = 0
  const pace = new RequestPace({ now: () => now, delay: () => Promise.resolve() })
  const answered = (ratelimit: string) => pace.note(new Response('', { headers: { ratelimit } }))
  answered('"api";r=1;t=30')
  assert.equal(pace.waitMs('api'), 0)
  answered('"api";r=0;t=30')
  assert.equal(pace.waitMs('api'), 30_000)
  assert.equal(pace.waitMs('transfer'), 0)
  now = 29_000
  assert.equal(pace.waitMs('api'), 1_000)
  now = 31_000
  assert.equal(pace.waitMs('api'), 0)
})
