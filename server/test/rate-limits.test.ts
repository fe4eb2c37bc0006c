import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { endpoint, json, type EndpointLimit } from '../src/platform/http/endpoint.ts'
import { RequestLimiter } from '../src/platform/http/limits/request-limiter.ts'
import { RedisLink } from '../src/platform/redis/redis-link.ts'
import { redisProgram, TestRedis, waitUntil } from '../testing/index.ts'
import { openTestApp } from '../testing/test-app.ts'

function greeting(path: `/${string}`, access: 'public' | 'user', limit?: EndpointLimit) {
  return endpoint({
    summary: 'Greets',
    answers: { 200: 'empty' },
    method: 'get',
    path,
    access,
    ...(access === 'user' ? { needs: 'own' as const } : {}),
    ...(limit === undefined ? {} : { limit }),
    handle: () => Promise.resolve(json({})),
  })
}

const endpoints = [
  greeting('/one', 'user'),
  greeting('/two', 'user'),
  greeting('/bytes', 'user', 'transfer'),
  greeting('/door', 'public', { requests: 2, windowSeconds: 60 }),
  endpoint({
    summary: 'Does as much as it is told',
    answers: { 200: 'empty' },
    method: 'post',
    path: '/many',
    access: 'user',
    needs: 'own',
    body: z.object({ count: z.number() }),
    operations: ({ count }) => count,
    handle: () => Promise.resolve(json({})),
  }),
]

function get(url: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/api/v1${path}`, { headers })
}

const as = (name: string) => ({ authorization: `Bearer user-${name}` })

/** The statuses of as many requests, one after the other. */
async function statuses(count: number, request: () => Promise<Response>): Promise<number[]> {
  const found: number[] = []
  for (let index = 0; index < count; index += 1) {
    const answer = await request()
    await answer.arrayBuffer()
    found.push(answer.status)
  }
  return found
}

suite('the limit of requests', () => {
  test('is told with every answer, and by the one that refuses', async () => {
    await using app = await openTestApp({
      endpoints,
      limiter: new RequestLimiter({ perMinute: 2 }),
    })
    const first = await get(app.url, '/one', as('ada'))
    assert.equal(first.headers.get('ratelimit-policy'), '"api";q=2;w=60')
    assert.match(first.headers.get('ratelimit') ?? '', /^"api";r=1;t=(60|59)$/)
    await get(app.url, '/two', as('ada'))
    const refused = await get(app.url, '/one', as('ada'))
    assert.equal(refused.status, 429)
    assert.equal(((await refused.json()) as { code: string }).code, 'rate_limited')
    assert.match(refused.headers.get('ratelimit') ?? '', /^"api";r=0;t=\d+$/)
    const seconds = Number(refused.headers.get('retry-after'))
    assert.ok(seconds >= 1 && seconds <= 60)
  })

  test('is of each person, and of bytes apart from the rest', async () => {
    await using app = await openTestApp({
      endpoints,
      limiter: new RequestLimiter({ perMinute: 2 }),
    })
    assert.deepEqual(await statuses(3, () => get(app.url, '/one', as('ada'))), [200, 200, 429])
    assert.deepEqual(await statuses(3, () => get(app.url, '/one', as('bob'))), [200, 200, 429])
    const transfers = await statuses(21, () => get(app.url, '/bytes', as('ada')))
    assert.deepEqual(transfers, [...Array<number>(20).fill(200), 429])
  })

  test('is of operations too, of which a request may ask for many', async () => {
    await using app = await openTestApp({
      endpoints,
      limiter: new RequestLimiter({ perMinute: 5 }),
    })
    const ask = (name: string, count: number) => () =>
      fetch(`${app.url}/api/v1/many`, {
        method: 'POST',
        headers: { ...as(name), 'content-type': 'application/json' },
        body: JSON.stringify({ count }),
      })
    assert.deepEqual(await statuses(4, ask('ada', 100)), [200, 200, 200, 429])
    assert.deepEqual(await statuses(1, ask('bob', 1_000)), [200])
    const refused = await ask('bob', 1)()
    assert.equal(refused.headers.get('ratelimit-policy'), '"operations";q=300;w=60')
    assert.equal(((await refused.json()) as { code: string }).code, 'rate_limited')
    assert.deepEqual(await statuses(1, () => get(app.url, '/one', as('bob'))), [200])
  })

  test('of strangers is of their network, whatever address in it they take', async () => {
    await using app = await openTestApp({ endpoints })
    const from = (address: string) => () => get(app.url, '/door', { 'x-forwarded-for': address })
    assert.deepEqual(await statuses(2, from('2001:db8:1:2::1')), [200, 200])
    assert.deepEqual(await statuses(1, from('2001:db8:1:2:ffff::9')), [429])
    assert.deepEqual(await statuses(1, from('2001:db8:1:3::1')), [200])
    // Only the last hop is believed: who comes by no proxy of ours says what they like.
    assert.deepEqual(await statuses(1, from('203.0.113.1, 2001:db8:1:2::7')), [429])
  })

  test('of strangers with many networks is eight times that of one', async () => {
    await using app = await openTestApp({ endpoints })
    const answers: number[] = []
    for (let network = 0; network < 20; network += 1) {
      const headers = { 'x-forwarded-for': `2001:db8:1:${network}::1` }
      answers.push(...(await statuses(1, () => get(app.url, '/door', headers))))
    }
    assert.deepEqual(answers, [...Array<number>(16).fill(200), ...Array<number>(4).fill(429)])
    const elsewhere = { 'x-forwarded-for': '2001:db8:2::1' }
    assert.equal((await get(app.url, '/door', elsewhere)).status, 200)
  })

  test('holds for tokens that are nobody’s too', async () => {
    await using app = await openTestApp({
      endpoints,
      limiter: new RequestLimiter({ perMinute: 2 }),
    })
    const guess = () => get(app.url, '/one', { authorization: 'Bearer guessed' })
    assert.deepEqual(await statuses(3, guess), [401, 401, 429])
    assert.deepEqual(await statuses(1, () => get(app.url, '/one', as('ada'))), [200])
  })
})

suite(
  'servers with a Redis',
  { skip: redisProgram === undefined && 'Redis is not installed' },
  () => {
    test('count together, alone while Redis is away or hangs, and together again', async () => {
      await using redis = await TestRedis.open()
      const open = async () => {
        const metrics = new Registry()
        const log = pino({ level: 'silent' })
        const link = RedisLink.open({ url: redis.url, log, metrics })
        const limiter = new RequestLimiter({ perMinute: 5, redis: link })
        const app = await openTestApp({ endpoints, limiter, metrics })
        return { link, app, metrics }
      }
      const [one, two] = [await open(), await open()]
      const close = async () => {
        for (const { app, link } of [one, two]) {
          await app[Symbol.asyncDispose]()
          await link[Symbol.asyncDispose]()
        }
      }
      await using _closed = { [Symbol.asyncDispose]: close }
      const connected = () => one.link.client.isReady && two.link.client.isReady
      const left = async (url: string, who: string) => {
        const began = performance.now()
        const answer = await get(url, '/one', as(who))
        assert.ok([200, 429].includes(answer.status), await answer.text())
        assert.ok(performance.now() - began < 5_000)
        return Number(/r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1])
      }
      await waitUntil('both are connected', async () => connected())
      const together = await statuses(7, () => get(one.app.url, '/one', as('eve')))
      assert.deepEqual(together, [...Array<number>(5).fill(200), 429, 429])
      assert.deepEqual(await statuses(2, () => get(two.app.url, '/one', as('eve'))), [429, 429])
      assert.equal(await left(one.app.url, 'ada'), 4)
      assert.equal(await left(two.app.url, 'ada'), 3)

      await redis.kill()
      await waitUntil('both have noticed', async () => !connected())
      assert.equal(await left(one.app.url, 'ada'), 4)
      assert.equal(await left(two.app.url, 'ada'), 4)
      const alone = await statuses(8, () => get(one.app.url, '/one', as('bob')))
      assert.deepEqual(alone, [...Array<number>(5).fill(200), ...Array<number>(3).fill(429)])
      assert.match(await one.metrics.metrics(), /cloudsync_breaker_state\{name="redis"\} 2/)

      await redis.start()
      await waitUntil('they count together again', async () => {
        const who = `eve-${Math.random()}`
        return (await left(one.app.url, who)) === 4 && (await left(two.app.url, who)) === 3
      })
      {
        using _hanging = redis.hang()
        // What each has to say, at most as long as a request waits for Redis.
        for (let index = 0; index < 8; index += 1) await left(one.app.url, 'mallory')
        assert.equal(await left(one.app.url, 'mallory'), 0)
      }
      await waitUntil('they count together once more', async () => {
        const who = `ivan-${Math.random()}`
        return (await left(one.app.url, who)) === 4 && (await left(two.app.url, who)) === 3
      })
    })
  },
)
