import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { readBody } from '../src/features/files/content/read-body.ts'
import { UploadBudget } from '../src/features/files/content/upload-budget.ts'
import { empty, endpoint, json } from '../src/platform/http/endpoint.ts'
import { LoadShedder, type LoadShedderOptions } from '../src/platform/http/limits/load-shedder.ts'
import { waitUntil } from '../testing/index.ts'
import { RawConnection, statusOf } from '../testing/raw-connection.ts'
import { openTestApp } from '../testing/test-app.ts'

const facts = { summary: 'Works', answers: { 200: 'empty' }, access: 'public' } as const

/** An app that shares as `limits` say, where work lasts until `release`. */
async function openSharedApp(limits: Omit<LoadShedderOptions, 'metrics'>) {
  const metrics = new Registry()
  const released = Promise.withResolvers<void>()
  const app = await openTestApp({
    metrics,
    maxBodyMs: 600_000,
    shedder: new LoadShedder({ metrics, ...limits }),
    endpoints: [
      endpoint({
        ...facts,
        method: 'post',
        path: '/json',
        body: z.looseObject({}),
        handle: () => Promise.resolve(empty()),
      }),
      endpoint({
        ...facts,
        method: 'post',
        path: '/large',
        access: 'user',
        needs: 'own',
        body: z.looseObject({}),
        handle: () => Promise.resolve(empty()),
      }),
      endpoint({
        ...facts,
        method: 'get',
        path: '/work',
        async handle() {
          await released.promise
          return json({})
        },
      }),
    ],
  })
  const inFlight = async (count: number) =>
    waitUntil(`${count} are there`, async () =>
      (await metrics.metrics()).includes(`cloudsync_http_requests_in_flight ${count}\n`),
    )
  return {
    ...app,
    release: () => released.resolve(),
    inFlight,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

/** A request of which no more than a byte of its body comes. */
async function sendHalf(
  url: string,
  { path = '/json', user = '', bytes = 100 } = {},
): Promise<RawConnection> {
  const connection = await RawConnection.open(url)
  const whose = user === '' ? [] : [`authorization: Bearer user-${user}`]
  connection.send(
    [
      `POST /api/v1${path} HTTP/1.1`,
      'host: x',
      'content-type: application/json',
      `content-length: ${bytes}`,
      ...whose,
      '',
      '{',
    ].join('\r\n'),
  )
  return connection
}

function as(user: string, init: RequestInit = {}): RequestInit {
  const headers = { authorization: `Bearer user-${user}`, 'content-type': 'application/json' }
  return { ...init, headers }
}

suite('a server that is sent bodies which do not come', () => {
  test('goes on with the requests that are whole', async () => {
    await using app = await openSharedApp({ maxInFlight: 3 })
    const halves = await Promise.all([1, 2, 3].map(() => sendHalf(app.url)))
    await app.inFlight(3)
    const whole = await fetch(`${app.url}/api/v1/json`, as('ada', { method: 'POST', body: '{}' }))
    assert.equal(whole.status, 204)
    for (const half of halves) half[Symbol.dispose]()
  })

  test('waits for so many from each caller, for more of them not long, and for those of others all the same', async () => {
    await using app = await openSharedApp({ maxBodiesEach: 2, crowdedBodyMs: 500 })
    const send = (user: string) => sendHalf(app.url, { user, bytes: 2 })
    using first = await send('mallory')
    using second = await send('mallory')
    await app.inFlight(2)
    using third = await send('mallory')
    assert.equal(await third.ended, '')
    await app.inFlight(2)
    // Who sends without delay may do so however much else they send.
    const whole = await fetch(
      `${app.url}/api/v1/json`,
      as('mallory', { method: 'POST', body: '{}' }),
    )
    assert.equal(whole.status, 204)
    using ofOther = await send('ada')
    await app.inFlight(3)
    for (const waited of [first, second, ofOther]) {
      waited.send('}')
      await waitUntil('it is answered', () => statusOf(waited.text) === 204)
    }
    assert.match(await app.metrics.metrics(), /requests_shed_total\{reason="bodies"\} 1/)
  })

  test('keeps only so much of them from each caller in memory', async () => {
    await using app = await openSharedApp({ maxBodyBytesEach: 1_500_000 })
    const send = (megabytes: number) =>
      sendHalf(app.url, { path: '/large', user: 'mallory', bytes: megabytes * 1024 * 1024 })
    using large = await send(2)
    await waitUntil('it is refused', () => statusOf(large.text) === 429)
    assert.match(large.text, /retry-after: 2\r\n/i)
    assert.match(large.text, /rate_limited/)
    using first = await send(1)
    using second = await send(1)
    await waitUntil('one is taken, and the other refused', () =>
      [first, second].some(({ text }) => statusOf(text) === 429),
    )
  })

  test('looks again whether there is too much to do when one has come', async () => {
    await using app = await openSharedApp({ maxInFlight: 1 })
    using late = await sendHalf(app.url, { bytes: 2 })
    await app.inFlight(1)
    const work = fetch(`${app.url}/api/v1/work`)
    await app.inFlight(2)
    late.send('}')
    await waitUntil('it is refused', () => late.text.includes('overloaded'))
    assert.equal(statusOf(late.text), 503)
    app.release()
    assert.equal((await work).status, 200)
  })
})

suite('a caller who asks for much at once', () => {
  test('may have all while little is in use, and leaves room for others when half is', async () => {
    await using app = await openSharedApp({ maxInFlight: 4, maxInFlightEach: 1 })
    const work = (user: string) => fetch(`${app.url}/api/v1/work`, as(user))
    const first = [work('mallory'), work('mallory')]
    await app.inFlight(2)
    const refused = await work('mallory')
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '2')
    assert.equal(((await refused.json()) as { code: string }).code, 'rate_limited')
    const others = [work('ada'), work('grace')]
    await app.inFlight(4)
    app.release()
    for (const answer of [...first, ...others]) assert.equal((await answer).status, 200)
    assert.equal((await work('mallory')).status, 200)
    assert.match(await app.metrics.metrics(), /requests_shed_total\{reason="caller"\} 1/)
  })
})

suite('JSON that an endpoint reads itself', () => {
  test('has to be there in time, however often a byte of it comes', async () => {
    await using app = await openTestApp({
      endpoints: [
        endpoint({
          ...facts,
          method: 'post',
          path: '/own',
          takes: { 'application/json': z.looseObject({}) },
          async handle({ raw }) {
            using account = new UploadBudget(1_000_000).open()
            await readBody(raw, { maxBytes: 1_000_000, maxMs: 200, account })
            return empty()
          },
        }),
      ],
    })
    const head = 'POST /api/v1/own HTTP/1.1\r\nhost: x\r\ncontent-length:'
    using slow = await RawConnection.open(app.url)
    slow.send(`${head} 1000000\r\n\r\n`)
    await waitUntil('it is told so', () => {
      slow.send('x')
      return slow.text.includes('request_timeout')
    })
    assert.equal(statusOf(slow.text), 408)
    using silent = await RawConnection.open(app.url)
    silent.send(`${head} 1000\r\n\r\nx`)
    assert.equal(statusOf(await silent.ended), 408)
    using quick = await RawConnection.open(app.url)
    quick.send(`${head} 2\r\n\r\nx`)
    quick.send('x')
    await waitUntil('it is taken', () => statusOf(quick.text) === 204)
  })
})
