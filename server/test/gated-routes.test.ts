import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { suite, test } from 'node:test'
import express, { type RequestHandler } from 'express'
import { Registry } from 'prom-client'
import { makeWellKnownRouter } from '../src/features/identity/well-known-router.ts'
import { gate, type GatedRoute } from '../src/platform/http/gate.ts'
import { LoadShedder } from '../src/platform/http/limits/load-shedder.ts'
import { RequestLimiter } from '../src/platform/http/limits/request-limiter.ts'
import { waitUntil } from '../testing/index.ts'
import { openTestApp } from '../testing/test-app.ts'

const route: GatedRoute = {
  method: 'post',
  path: '/beside',
  limit: { requests: 2, windowSeconds: 60 },
}

/** An app with routes beside the API, each behind a gate. */
async function openGatedApp(
  routes: readonly (readonly [GatedRoute, RequestHandler])[],
  maxInFlight = 1,
  maxBodyMs = 200,
) {
  const metrics = new Registry()
  const limiter = new RequestLimiter()
  const shedder = new LoadShedder({ metrics, maxInFlight })
  const router = express.Router()
  for (const [each, handle] of routes)
    router.all(each.path, gate(each, { limiter, shedder, maxBodyMs }), handle)
  return openTestApp({ metrics, limiter, shedder, routers: [router] })
}

const answer: RequestHandler = (_request, response) => {
  response.send('done')
}

const readAll: RequestHandler = async (request, response) => {
  for await (const _chunk of request);
  response.send('done')
}

suite('a route beside the API', () => {
  test('is counted by the network of who asks, and tells what is left', async () => {
    await using app = await openGatedApp([[route, answer]])
    const ask = (address: string) =>
      fetch(`${app.url}/beside`, { method: 'POST', headers: { 'x-forwarded-for': address } })
    const first = await ask('192.0.2.1')
    assert.equal(first.headers.get('ratelimit-policy'), '"POST /beside";q=2;w=60')
    assert.match(first.headers.get('ratelimit') ?? '', /^"POST \/beside";r=1;t=(60|59)$/)
    await ask('192.0.2.1')
    const refused = await ask('192.0.2.1')
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal(((await refused.json()) as { code: string }).code, 'rate_limited')
    assert.equal((await ask('192.0.2.2')).status, 200)
  })

  test('is refused where there is too much to do, unless it ends something', async () => {
    const gateOfWork = Promise.withResolvers<void>()
    const work = { ...route, path: '/work' } as const
    const end = { ...route, path: '/end', isNeverShed: true } as const
    await using app = await openGatedApp([
      [
        work,
        async (_request, response) => {
          await gateOfWork.promise
          response.send('done')
        },
      ],
      [end, answer],
    ])
    const begun = fetch(`${app.url}/work`)
    await waitUntil('it is at work', async () =>
      /in_flight 1/.test(
        await app.metrics.getSingleMetricAsString('cloudsync_http_requests_in_flight'),
      ),
    )
    const refused = await fetch(`${app.url}/work`)
    assert.equal(refused.status, 503)
    assert.equal(((await refused.json()) as { code: string }).code, 'overloaded')
    assert.equal((await fetch(`${app.url}/end`)).status, 200)
    gateOfWork.resolve()
    assert.equal((await begun).status, 200)
    assert.match(await app.metrics.metrics(), /route="\/work",status="503"/)
  })

  test('goes on with what is whole while a body does not come', async () => {
    await using app = await openGatedApp([[route, readAll]], 1, 600_000)
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
    socket.write('POST /beside HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na')
    await waitUntil('it is there', async () =>
      /in_flight 1/.test(
        await app.metrics.getSingleMetricAsString('cloudsync_http_requests_in_flight'),
      ),
    )
    const whole = await fetch(`${app.url}/beside`, { method: 'POST', body: 'whole' })
    assert.equal(whole.status, 200)
    socket.destroy()
  })

  test('loses who sends a body too slowly', async () => {
    await using app = await openGatedApp([[route, readAll]])
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
    socket.write('POST /beside HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na')
    socket.resume()
    await once(socket, 'close')
  })
})

/** What a page of another origin is told: `null`: nothing. */
function readableBy({ headers }: Response): string | null {
  return headers.get('access-control-allow-origin')
}

suite('a page of another origin', () => {
  const origin = 'https://spa.example'
  const headers = { origin }
  const preflight = {
    method: 'OPTIONS',
    headers: { ...headers, 'access-control-request-method': 'POST' },
  }

  test('reads why it was refused where the route would have found out whether it may ask', async () => {
    const some = { ...route, pages: 'its_own' } as const
    const none = { ...route, path: '/none' } as const
    const routes = [
      [some, answer],
      [none, answer],
    ] as const
    await using app = await openGatedApp(routes, 100)
    for (const [path, readable] of [
      ['/beside', '*'],
      ['/none', null],
    ] as const) {
      const ask = () => fetch(app.url + path, { method: 'POST', headers })
      for (let count = 0; count < 2; count += 1) {
        const done = await ask()
        assert.equal(done.status, 200)
        // Whether it may is for the route to say.
        assert.equal(readableBy(done), null)
      }
      const refused = await ask()
      assert.equal(refused.status, 429)
      assert.equal(readableBy(refused), readable, path)
    }
    const plain = await fetch(`${app.url}/beside`, { method: 'OPTIONS', headers })
    assert.equal(plain.status, 429)
    // Nothing would be told to it by a browser if this were refused.
    for (let count = 0; count < 3; count += 1)
      assert.equal((await fetch(`${app.url}/beside`, preflight)).status, 200)
  })

  test('reads the keys that tokens are signed with, which stand behind the same gate as all else', async () => {
    const metrics = new Registry()
    const limiter = new RequestLimiter({ perMinute: 2 })
    const shedder = new LoadShedder({ metrics, maxInFlight: 1 })
    const gateOfWork = Promise.withResolvers<void>()
    const work = express.Router()
    work.get('/work', gate({ ...route, path: '/work' }, { limiter, shedder }))
    work.get('/work', async (_request, response) => {
      await gateOfWork.promise
      response.send('done')
    })
    const wellKnown = makeWellKnownRouter(() => ({ keys: [] }), { limiter, shedder })
    await using app = await openTestApp({ metrics, limiter, shedder, routers: [wellKnown, work] })
    const isAtWork = async (count: number) => {
      const gauge = await metrics.getSingleMetricAsString('cloudsync_http_requests_in_flight')
      return gauge.includes(`in_flight ${count}`)
    }
    const send = () => fetch(`${app.url}/.well-known/jwks.json`, { headers })
    const ask = async () => {
      await waitUntil('the one before is done', () => isAtWork(0))
      return send()
    }
    const begun = fetch(`${app.url}/work`)
    await waitUntil('it is at work', () => isAtWork(1))
    const shed = await send()
    gateOfWork.resolve()
    await begun
    const answers = [shed, await ask(), await ask(), await ask()]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [503, 200, 200, 429],
    )
    for (const each of answers) {
      assert.equal(readableBy(each), '*')
      assert.match(each.headers.get('access-control-expose-headers') ?? '', /Retry-After/)
    }
    const asked = await fetch(`${app.url}/.well-known/jwks.json`, preflight)
    assert.equal(asked.status, 204)
    assert.equal(readableBy(asked), '*')
    assert.match(await metrics.metrics(), /route="\/\.well-known\/jwks\.json",status="429"/)
  })
})
