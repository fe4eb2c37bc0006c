import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { startTestServer } from '../testing/index.ts'

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
    for (const origin of [undefined, server.url, friend, settings.PUBLIC_URL])
      assert.equal(await statusOf(origin), 101, origin)
    for (const origin of [
      'https://evil.example',
      `${settings.PUBLIC_URL}.evil.example`,
      'http://files.example.com',
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
