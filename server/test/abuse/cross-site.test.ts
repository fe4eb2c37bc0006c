import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/index.ts'

const evil = 'https://evil.example'
const account = { email: 'ada@example.com', password: 'correct horse battery' }

let server: TestServer
let nodeId: string
/** What a browser that is signed in would send along by itself. */
let cookies: string

before(async () => {
  server = await startTestServer()
  nodeId = await server.admin.createText('notes.md')
  const answer = await fetch(`${server.url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'cloudsync-session': 'cookie',
      origin: server.url,
    },
    body: JSON.stringify(account),
  })
  assert.ok(answer.ok)
  cookies = answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0] ?? '')
    .join('; ')
})
after(() => server[Symbol.asyncDispose]())

/** The bodies that a form, or `fetch` without a preflight, may send to another site. */
function simpleBodies(): readonly (readonly [string, string | FormData])[] {
  const form = new FormData()
  form.set('parentId', nodeId)
  form.set('name', 'forged.txt')
  form.set('file', new Blob(['forged']), 'forged.txt')
  return [
    ['text/plain', JSON.stringify({ ...account, name: 'forged', refreshToken: 'x' })],
    ['application/x-www-form-urlencoded', 'email=ada%40example.com&name=forged'],
    ['text/plain; a="application/json"', '{}'],
    ['multipart/form-data', form],
    ['', ''],
  ]
}

async function send(method: string, path: string, type: string, body: string | FormData) {
  const headers = new Headers({ origin: evil, 'sec-fetch-site': 'cross-site' })
  if (cookies !== '') headers.set('cookie', cookies)
  if (typeof body === 'string' && type !== '') headers.set('content-type', type)
  return fetch(`${server.url}/api/v1${path}`, { method, headers, body })
}

suite('a page of another site', () => {
  test('changes nothing by a request that needs no preflight, at any endpoint', async () => {
    const faults: string[] = []
    for (const { method, path } of server.endpoints) {
      if (method !== 'post') continue
      const place = path.replaceAll(/:\w+/g, nodeId)
      for (const [type, body] of simpleBodies()) {
        const { status } = await send('POST', place, type, body)
        if (status < 400 || status >= 500) faults.push(`${path} ${type}: ${status}`)
      }
    }
    assert.deepEqual(faults, [])
    const { items } = await server.admin.get<{ items: { name: string }[] }>(
      `/nodes/${await server.admin.rootId()}/children`,
    )
    assert.deepEqual(
      items.map(({ name }) => name),
      ['notes.md'],
    )
  })

  test('ends nobody’s session', async () => {
    for (const [type, body] of simpleBodies()) await send('POST', '/auth/sign-out', type, body)
    const { items } = await server.admin.get<{ items: unknown[] }>('/account/sessions')
    assert.equal(items.length, 2)
  })

  test('is given no leave for any other request', async () => {
    for (const { method, path } of server.endpoints) {
      const answer = await fetch(`${server.url}/api/v1${path.replaceAll(/:\w+/g, nodeId)}`, {
        method: 'OPTIONS',
        headers: {
          origin: evil,
          'access-control-request-method': method.toUpperCase(),
          'access-control-request-headers': 'authorization,content-type',
        },
      })
      for (const name of ['origin', 'credentials', 'methods', 'headers'])
        assert.equal(answer.headers.get(`access-control-allow-${name}`), null, `${method} ${path}`)
    }
  })

  test('reads nothing of what it may embed', async () => {
    for (const path of ['/', '/api/v1/me', `/api/v1/nodes/${nodeId}/content`, '/metrics']) {
      const { headers } = await fetch(server.url + path, {
        headers: { origin: evil, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'script' },
      })
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'|sandbox/)
    }
  })

  test('finds no endpoint that is asked and changes something', () => {
    const safe = server.endpoints.filter(({ method }) =>
      ['get', 'head', 'options'].includes(method),
    )
    // What is only read takes no body, and no scope to change anything.
    assert.deepEqual(
      safe.filter(({ body, scope }) => body !== undefined || scope === 'files:write'),
      [],
    )
  })
})
