import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { startTestServer, type TestServer } from '../../testing/index.ts'
import { exchange, RawConnection, rawRequest, statusOf } from '../../testing/raw-connection.ts'

const account = { email: 'ada@example.com', password: 'correct horse battery' }

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

async function signIn(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<{ status: number; code: string | undefined }> {
  const answer = await fetch(`${server.url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers,
    body,
  })
  const { code } = (await answer.json()) as { code?: string }
  return { status: answer.status, code }
}

suite('the boundaries of a request', () => {
  const inner = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'
  const length = `content-length: ${inner.length}`
  const smuggled: readonly (readonly [string, readonly string[]])[] = [
    ['two lengths', [length, 'content-length: 0']],
    ['a list of lengths', [`content-length: ${inner.length}, 0`]],
    ['a length and chunks', [length, 'transfer-encoding: chunked']],
    ['chunks and then more', ['transfer-encoding: chunked, identity']],
    ['chunks that are none', ['transfer-encoding: xchunked']],
    ['a space before the colon', [`content-length : ${inner.length}`]],
    ['a length in hex', ['content-length: 0x10']],
    ['a length with a sign', ['content-length: +5']],
    ['a negative length', ['content-length: -1']],
    ['a length beyond all numbers', [`content-length: ${'9'.repeat(40)}`]],
    ['a folded header', ['x-a: b', ' c']],
    ['a header without a name', [': b']],
    ['a header with a NUL', ['x-a: b\0c']],
    ['a header with a lone CR', ['x-a: b\rtransfer-encoding: chunked']],
  ]
  for (const [name, headers] of smuggled)
    test(`are not left in doubt by ${name}: it is refused, and what follows is no request`, async () => {
      const request = rawRequest('POST /api/v1/auth/sign-in', headers, inner)
      const answer = await exchange(server.url, request)
      assert.equal(statusOf(answer), 400, answer)
      assert.equal(answer.split('HTTP/1.1 ').length, 2, 'there is a second answer')
      assert.doesNotMatch(answer, /"status":"ok"/)
    })

  test('are kept when a body is longer than was told: the rest is no request of the same person', async () => {
    using connection = await RawConnection.open(server.url)
    connection.send(
      [
        'POST /api/v1/auth/sign-in HTTP/1.1',
        'host: x',
        'content-type: application/json',
        'content-length: 2',
        '',
        '{}garbage that is no request',
      ].join('\r\n'),
    )
    const answer = await connection.ended
    // Node answers once where both come together.
    const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status)
    assert.deepEqual(new Set(statuses), new Set(['400']))
  })
})

suite('the head of a request', () => {
  test('is refused when it is too large, and no other request notices', async () => {
    const long = 'a'.repeat(17_000)
    for (const request of [
      rawRequest('GET /healthz', [`x-long: ${long}`]),
      rawRequest(`GET /healthz?${long}`),
      rawRequest(
        'GET /healthz',
        Array.from({ length: 4_000 }, (_, index) => `x-${index}: 1`),
      ),
    ])
      assert.equal(statusOf(await exchange(server.url, request)), 431)
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  })

  test('is told back to nobody: TRACE, CONNECT and methods that nobody knows do nothing', async () => {
    for (const method of ['TRACE', 'CONNECT', 'PROPFIND', 'PURGE', 'LINK', 'SEARCH']) {
      const request = rawRequest(`${method} /api/v1/me`, ['cookie: a=secret-of-a-proxy'])
      const answer = await exchange(server.url, request)
      assert.ok([0, 400, 401, 404, 405].includes(statusOf(answer)), `${method}: ${answer}`)
      assert.doesNotMatch(answer, /secret-of-a-proxy/, method)
    }
    assert.equal(statusOf(await exchange(server.url, rawRequest('FOO /healthz'))), 400)
  })

  test('means by its method what it says, whatever a header says that it should mean', async () => {
    const nodeId = await server.admin.createText('stays.md')
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
      for (const method of ['GET', 'POST'])
        await fetch(`${server.url}/api/v1/nodes/${nodeId}?_method=DELETE`, {
          method,
          headers: { [name]: 'DELETE', authorization: `Bearer ${server.admin.accessToken}` },
        })
    assert.equal((await server.admin.send('GET', `/nodes/${nodeId}`)).status, 200)
  })

  test('is not believed by what else than its address it says of who sends it', async () => {
    const headers = {
      'x-original-url': '/api/v1/me',
      'x-rewrite-url': '/api/v1/me',
      'x-user-id': 'ada',
      'x-forwarded-user': 'ada@example.com',
      'remote-user': 'ada@example.com',
      authorization: `Basic ${btoa('ada@example.com:correct horse battery')}`,
    }
    const answer = await fetch(`${server.url}/api/v1/me`, { headers })
    assert.equal(answer.status, 401)
  })
})

suite('the body of a request', () => {
  const json = JSON.stringify(account)

  test('is JSON only under its own name', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=a',
      'application/jsonp',
      'application/json-patch+json',
      'text/json',
      'application/xml',
      '*/*',
      'application/json, text/plain',
      '',
    ]) {
      const { status, code } = await signIn(json, { 'content-type': type })
      assert.equal(status, 400, type)
      assert.equal(code, 'bad_request', type)
    }
    for (const charset of ['shift_jis', 'x-user-defined'])
      assert.equal(
        (await signIn(json, { 'content-type': `application/json; charset=${charset}` })).status,
        415,
        charset,
      )
    assert.equal((await signIn(json, { 'content-type': 'application/json' })).status, 200)
  })

  test('is measured as it is when it is unpacked', async () => {
    const bytes = JSON.stringify({ ...account, password: 'x'.repeat(2_000_000) })
    // Aside, as the server lives in this process.
    const packed = {
      gzip: await promisify(gzip)(bytes),
      br: await promisify(brotliCompress)(bytes),
    }
    for (const [encoding, body] of Object.entries(packed)) {
      assert.ok(body.length < 64 * 1024)
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
      assert.equal((await signIn(new Uint8Array(body), headers)).status, 413, encoding)
    }
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    assert.equal((await signIn('no gzip', headers)).status, 400)
    const unknown = { 'content-type': 'application/json', 'content-encoding': 'lzma' }
    assert.equal((await signIn(json, unknown)).status, 415)
  })

  test('is refused when it is no JSON, or not what was asked, and nothing breaks', async () => {
    const bodies = [
      '\uFEFF{',
      '{"email":"a","email":"b"}',
      '{"email":1e999,"password":"x"}',
      '{"email":"\\ud800","password":"x","__proto__":{}}',
      `{"email":"${'\\u0000'.repeat(9)}","password":"x"}`,
      `[${'[],'.repeat(10_000)}[]]`,
      `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
      'NaN',
      '-',
      '"',
      '\0',
    ]
    for (const body of bodies) {
      const { status } = await signIn(body, { 'content-type': 'application/json' })
      assert.ok(status === 400 || status === 401, `${status}: ${body.slice(0, 60)}`)
    }
    const noUtf8 = new Uint8Array([0x22, 0xff, 0xfe, 0xc0, 0xaf, 0x22])
    const { status } = await signIn(noUtf8, { 'content-type': 'application/json' })
    assert.equal(status, 400)
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  })

  test('gives a person no right that its endpoint does not ask for', async () => {
    const bob = await server.addUser('Bob')
    const tries: readonly (readonly [string, string, object])[] = [
      ['PATCH', '/account', { name: 'Bob', isAdmin: true }],
      ['PATCH', '/account', { name: 'Bob', id: crypto.randomUUID() }],
      ['PATCH', '/account', { name: 'Bob', email: 'ada@example.com' }],
      ['POST', '/spaces', { name: 'Team', quotaBytes: null }],
      ['POST', '/spaces', { name: 'Team', ownerId: crypto.randomUUID() }],
      [
        'POST',
        '/account/tokens',
        { name: 'a', scopes: ['files:read'], userId: crypto.randomUUID() },
      ],
    ]
    for (const [method, path, body] of tries) {
      const answer = await bob.send(method, path, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      assert.equal(answer.status, 400, JSON.stringify(body))
    }
    assert.equal((await bob.get<{ isAdmin: boolean }>('/me')).isAdmin, false)
  })

  test('is not read twice from parameters that come twice', async () => {
    const rootId = await server.admin.rootId()
    const query = 'limit=1&limit=1000'
    const answer = await server.admin.send('GET', `/nodes/${rootId}/children?${query}`)
    assert.equal(answer.status, 400)
    const nested = await server.admin.send('GET', `/nodes/${rootId}/children?limit[$gt]=1`)
    assert.ok(nested.status < 500)
  })
})
