import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { suite, test } from 'node:test'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { empty, endpoint, json } from '../src/platform/http/endpoint.ts'
import { LoadShedder } from '../src/platform/http/limits/load-shedder.ts'
import { RequestLimiter } from '../src/platform/http/limits/request-limiter.ts'
import { waitUntil } from '../testing/index.ts'
import { openTestApp } from '../testing/test-app.ts'

const facts = { summary: 'Works', answers: { 200: 'empty' }, access: 'public' } as const
const limiter = () => new RequestLimiter({ perMinute: 1_000_000 })

suite('a server with more to do than it can', () => {
  test('refuses what is new, and neither what it began, nor what ends something, nor questions of its health', async () => {
    const metrics = new Registry()
    const gate = Promise.withResolvers<void>()
    await using app = await openTestApp({
      metrics,
      limiter: limiter(),
      shedder: new LoadShedder({ metrics, maxInFlight: 3 }),
      endpoints: [
        endpoint({
          ...facts,
          method: 'get',
          path: '/work',
          async handle() {
            await gate.promise
            return json({})
          },
        }),
        endpoint({
          ...facts,
          method: 'post',
          path: '/end',
          isNeverShed: true,
          handle: () => Promise.resolve(empty()),
        }),
      ],
    })
    const work = () => fetch(`${app.url}/api/v1/work`)
    const begun = [work(), work(), work()]
    await waitUntil('they are at work', async () =>
      /in_flight 3/.test(
        await metrics.getSingleMetricAsString('cloudsync_http_requests_in_flight'),
      ),
    )
    const refused = await work()
    assert.equal(refused.status, 503)
    assert.equal(refused.headers.get('retry-after'), '2')
    assert.equal(((await refused.json()) as { code: string }).code, 'overloaded')
    assert.equal((await fetch(`${app.url}/api/v1/end`, { method: 'POST' })).status, 204)
    for (const path of ['/healthz', '/readyz', '/metrics'])
      assert.equal((await fetch(app.url + path)).status, 200, path)
    gate.resolve()
    for (const answer of begun) assert.equal((await answer).status, 200)
    assert.equal((await work()).status, 200)
    assert.match(await metrics.metrics(), /requests_shed_total\{reason="in_flight"\} 1/)
  })

  test('does not count what waits for something, and counts it again when it goes on', async () => {
    const metrics = new Registry()
    const [gate, work] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let waiting = 0
    let working = 0
    await using app = await openTestApp({
      metrics,
      limiter: limiter(),
      shedder: new LoadShedder({ metrics, maxInFlight: 2 }),
      endpoints: [
        endpoint({
          ...facts,
          method: 'get',
          path: '/wait',
          async handle(request) {
            waiting += 1
            await request.atRest(() => gate.promise)
            working += 1
            await work.promise
            return json({})
          },
        }),
        endpoint({ ...facts, method: 'get', path: '/now', handle: async () => json({}) }),
      ],
    })
    const status = async (path: string) => (await fetch(`${app.url}/api/v1${path}`)).status
    const begun: Promise<number>[] = []
    for (let n = 1; n <= 5; n += 1) {
      begun.push(status('/wait'))
      await waitUntil('it waits', () => waiting === n)
    }
    assert.equal(await status('/now'), 200)
    gate.resolve()
    await waitUntil('all go on', () => working === 5)
    assert.equal(await status('/now'), 503)
    work.resolve()
    assert.deepEqual(await Promise.all(begun), [200, 200, 200, 200, 200])
    assert.equal(await status('/now'), 200)
  })

  test('refuses what would wait for all that waits before it, and nothing while few are there', async () => {
    const metrics = new Registry()
    const work = Promise.withResolvers<void>()
    let working = 0
    await using app = await openTestApp({
      metrics,
      limiter: limiter(),
      // Any answer is slow.
      shedder: new LoadShedder({ metrics, crowd: 3, maxAnswerMs: -1 }),
      endpoints: [
        endpoint({
          ...facts,
          method: 'get',
          path: '/work',
          async handle() {
            working += 1
            await work.promise
            return json({})
          },
        }),
        endpoint({ ...facts, method: 'get', path: '/now', handle: async () => json({}) }),
      ],
    })
    const status = async (path: string) => (await fetch(`${app.url}/api/v1${path}`)).status
    const begun = [status('/work'), status('/work')]
    await waitUntil('they are at work', () => working === 2)
    assert.equal(await status('/now'), 200)
    begun.push(status('/work'))
    await waitUntil('they are a crowd', () => working === 3)
    assert.equal(await status('/now'), 503)
    work.resolve()
    assert.deepEqual(await Promise.all(begun), [200, 200, 200])
    assert.equal(await status('/now'), 200)
    assert.match(await metrics.metrics(), /requests_shed_total\{reason="slow"\} 1/)
  })

  test('answers everybody while it is flooded, and everything again afterwards', async () => {
    const metrics = new Registry()
    await using app = await openTestApp({
      metrics,
      limiter: limiter(),
      shedder: new LoadShedder({ metrics, maxDelayMs: 20 }),
      endpoints: [
        endpoint({
          ...facts,
          method: 'get',
          path: '/burn',
          async handle() {
            // However few of them the loop takes in one turn, it is later than allowed.
            const until = performance.now() + 100
            while (performance.now() < until);
            return json({})
          },
        }),
      ],
    })
    const burn = async () => {
      const answer = await fetch(`${app.url}/api/v1/burn`)
      await answer.arrayBuffer()
      return answer.status
    }
    // Each of them asks again as soon as it has its answer.
    const flood = Array.from({ length: 20 }, async () => {
      const found: number[] = []
      for (let index = 0; index < 8; index += 1) found.push(await burn())
      return found
    })
    const found = (await Promise.all(flood)).flat()
    const counts = Object.groupBy(found, (status) => String(status))
    assert.deepEqual(Object.keys(counts).toSorted(), ['200', '503'])
    assert.match(await metrics.metrics(), /requests_shed_total\{reason="loop_delay"\} \d/)
    await waitUntil('it has recovered', async () => (await burn()) === 200)
  })
})

suite('whoever sends slowly', () => {
  test('loses the connection in the head of a request, and is told so in a JSON body; a long upload goes on', async () => {
    let received = 0
    await using app = await openTestApp(
      {
        maxBodyMs: 200,
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
            method: 'put',
            path: '/bytes',
            async handle({ raw }) {
              for await (const chunk of raw) received += (chunk as Buffer).length
              return empty()
            },
          }),
        ],
      },
      { headersMs: 300, idleMs: 5_000, checkMs: 50 },
    )
    const port = Number(new URL(app.url).port)
    const upload = openSocket(port)
    upload.send('PUT /api/v1/bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\na')
    const head = openSocket(port)
    head.send('GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ')
    const body = openSocket(port)
    body.send(
      'POST /api/v1/json HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    )
    assert.match(await head.ended, /^HTTP\/1\.1 408 /)
    const told = await body.ended
    assert.match(told, /^HTTP\/1\.1 408 /)
    assert.match(told, /request_timeout/)
    for (const letter of 'bcde') upload.send(letter)
    await waitUntil('it goes on', async () => received === 5)
    upload.send('f')
    await waitUntil('it is answered', async () => upload.text().startsWith('HTTP/1.1 204'))
    upload.end()
    await upload.ended
  })
})

function openSocket(port: number) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString()
  })
  const ended = new Promise<string>((resolve, reject) => {
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
  return {
    send: (what: string) => socket.write(what),
    end: () => socket.end(),
    text: () => text,
    ended,
  }
}
