import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Registry } from 'prom-client'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { AllowedOrigins } from '../src/platform/http/allowed-origins.ts'
import { LoadShedder } from '../src/platform/http/limits/load-shedder.ts'
import { RequestLimiter } from '../src/platform/http/limits/request-limiter.ts'
import { endpoint, json, startTestServer, waitUntil } from '../testing/index.ts'
import { openTestApp } from '../testing/test-app.ts'

const friend = 'https://app.example.com'
const settings = { CORS_ORIGINS: friend, PUBLIC_URL: 'https://files.example.com' }

suite('pages of other origins', () => {
  test('may call the API when the operator has named them, and are told nothing otherwise', async () => {
    await using server = await startTestServer({}, settings)
    const preflight = (origin: string) =>
      fetch(`${server.url}/api/v1/nodes`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,idempotency-key',
        },
      })
    const allowed = await preflight(friend)
    assert.equal(allowed.status, 204)
    assert.equal(allowed.headers.get('access-control-allow-origin'), friend)
    assert.match(allowed.headers.get('access-control-allow-methods') ?? '', /PATCH/)
    assert.equal(
      allowed.headers.get('access-control-allow-headers'),
      'authorization,content-type,idempotency-key',
    )
    const answer = await server.admin.send('GET', '/me', { headers: { origin: friend } })
    assert.equal(answer.headers.get('access-control-allow-origin'), friend)
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /ETag/)
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
    assert.match(answer.headers.get('vary') ?? '', /Origin/)
    for (const origin of ['https://evil.example', `${friend}.evil.example`, 'null', '*']) {
      const headers = (await preflight(origin)).headers
      assert.equal(headers.get('access-control-allow-origin'), null, origin)
      const plain = await server.admin.send('GET', '/me', { headers: { origin } })
      assert.equal(plain.headers.get('access-control-allow-origin'), null, origin)
    }
  })

  test('that are named can read why they were refused, wherever that was', async () => {
    const gateOfWork = Promise.withResolvers<void>()
    const facts = { summary: 'Works', answers: { 200: 'empty' } } as const
    const work = endpoint({
      ...facts,
      method: 'get',
      path: '/work',
      access: 'public',
      async handle() {
        await gateOfWork.promise
        return json({})
      },
    })
    const take = endpoint({
      ...facts,
      method: 'post',
      path: '/take',
      access: 'public',
      body: z.object({ text: z.string() }),
      limit: { requests: 1, windowSeconds: 60 },
      handle: () => Promise.resolve(json({})),
    })
    const mine = endpoint({
      ...facts,
      method: 'get',
      path: '/mine',
      access: 'user',
      needs: 'own',
      handle: () => Promise.resolve(json({})),
    })
    const metrics = new Registry()
    await using app = await openTestApp({
      metrics,
      endpoints: [work, take, mine],
      limiter: new RequestLimiter(),
      shedder: new LoadShedder({ metrics, maxInFlight: 1 }),
      origins: new AllowedOrigins([friend]),
    })
    const isAtWork = async (count: number) => {
      const gauge = await metrics.getSingleMetricAsString('cloudsync_http_requests_in_flight')
      return gauge.includes(`in_flight ${count}`)
    }
    const send = (path: string, init: RequestInit = {}, headers: Record<string, string> = {}) =>
      fetch(`${app.url}/api/v1${path}`, { ...init, headers: { origin: friend, ...headers } })
    const ask: typeof send = async (...request) => {
      await waitUntil('the one before is done', () => isAtWork(0))
      return send(...request)
    }
    const put = () =>
      ask(
        '/take',
        { method: 'POST', body: JSON.stringify({ text: 'x'.repeat(100_000) }) },
        { 'content-type': 'application/json' },
      )
    const begun = send('/work')
    await waitUntil('it is at work', () => isAtWork(1))
    const shed = await send('/mine')
    gateOfWork.resolve()
    await begun
    const refusals = [
      shed,
      await ask('/mine'),
      await ask('/mine', {}, { authorization: 'Bearer nobodys' }),
      await put(),
      await put(),
      await ask('/nothing'),
    ]
    assert.deepEqual(
      refusals.map(({ status }) => status),
      [503, 401, 401, 413, 429, 404],
    )
    for (const { headers, status } of refusals) {
      assert.equal(headers.get('access-control-allow-origin'), friend, `${status}`)
      const exposed = headers.get('access-control-expose-headers') ?? ''
      for (const name of ['Retry-After', 'WWW-Authenticate', 'X-Request-Id'])
        assert.ok(exposed.split(',').includes(name), `${status} ${name}`)
    }
  })

  test('may ask what of tus there is, as anybody', async () => {
    await using server = await startTestServer({}, settings)
    const answer = await fetch(`${server.url}/api/v1/uploads`, { method: 'OPTIONS' })
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('tus-version'), '1.0.0')
  })

  test('open a live socket only when they are ours, or named; programs without an origin may', async () => {
    await using server = await startTestServer({}, settings)
    const statusOf = async (origin: string | undefined): Promise<number> => {
      const url = `${server.url.replace('http', 'ws')}/live`
      const socket = new WebSocket(url, origin === undefined ? {} : { origin })
      // Ending one that was refused is an error too.
      socket.on('error', () => undefined)
      const { promise: status, resolve } = Promise.withResolvers<number>()
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_request, answer) => resolve(answer.statusCode ?? 0))
      const closed = new Promise((resolveClosed) => socket.on('close', resolveClosed))
      await status
      socket.terminate()
      await closed
      return status
    }
    const asked = server.url.replace('http:', 'https:')
    for (const origin of [undefined, asked, friend, settings.PUBLIC_URL])
      assert.equal(await statusOf(origin), 101, origin)
    for (const origin of [
      'https://evil.example',
      `${settings.PUBLIC_URL}.evil.example`,
      'http://files.example.com',
      // Anybody between a browser and a server that is come to by HTTPS could send that page.
      server.url,
      'null',
      'file://',
    ])
      assert.equal(await statusOf(origin), 403, origin)
  })
})

suite('what a browser is told', () => {
  test('keeps scripts, frames and sniffing away from every answer', async () => {
    await using server = await startTestServer()
    for (const path of [
      '/healthz',
      '/readyz',
      '/metrics',
      '/problems',
      '/problems/not_found',
      '/api/docs',
      '/api/v1/openapi.json',
      '/api/v1/me',
      '/api/v1/nothing',
      '/.well-known/jwks.json',
    ]) {
      const { headers } = await fetch(server.url + path)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'/, path)
      assert.match(policy, path.startsWith('/api/v1') ? /sandbox/ : /script-src 'self'(;|$)/, path)
      assert.match(policy, /frame-ancestors 'none'/, path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path)
      if (!path.startsWith('/api/v1')) {
        assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/, path)
        assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path)
      }
      assert.equal(headers.get('x-powered-by'), null, path)
    }
  })

  test('lets nothing that people upload run here, whatever it says that it is', async () => {
    await using server = await startTestServer()
    const parentId = await server.admin.rootId()
    const script = '<script>fetch("/api/v1/me")</script>'
    for (const name of ['page.html', 'image.svg', 'page.xhtml', 'a.pdf', 'script.js']) {
      const form = new FormData()
      form.set('parentId', parentId)
      form.set('name', name)
      form.set('ifTaken', 'rename')
      form.set('file', new Blob([`\0${script}`], { type: 'text/html' }), name)
      const made = await server.admin.send('POST', '/nodes', { body: form })
      assert.equal(made.status, 201, name)
      const { id } = (await made.json()) as { id: string }
      const { headers } = await server.admin.send('GET', `/nodes/${id}/content`)
      assert.match(headers.get('content-disposition') ?? '', /^attachment;/, name)
      assert.equal(headers.get('content-security-policy'), "sandbox; default-src 'none'", name)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', name)
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', name)
    }
  })
})
