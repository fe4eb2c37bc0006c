import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/index.ts'
import { exchange, rawRequest, statusOf } from '../../testing/raw-connection.ts'
import { openTestApp } from '../../testing/test-app.ts'
import { encode, version } from '../../testing/tus-requests.ts'

const secret = 'lies beside what is served'

/** Ways of writing `../` that some reader of paths has taken for it. */
const climbs = [
  '../',
  '..%2f',
  '..%2F',
  '%2e%2e/',
  '%2e%2e%2f',
  '.%2e/',
  '..\\',
  '..%5c',
  '%252e%252e%252f',
  '..;/',
  '..%00/',
  '..%c0%af',
  '%c0%ae%c0%ae/',
  '%e0%80%ae%e0%80%ae/',
  '..%ef%bc%8f',
  './/..//',
  '..%2f..%2f..%2f..%2f..%2f',
]

/** A folder with a web app in it, and beside it what is nobody's business. */
async function openWebFolder() {
  const root = await mkdtemp(join(tmpdir(), 'cloudsync-abuse-'))
  const webRoot = join(root, 'web')
  await mkdir(join(webRoot, 'assets'), { recursive: true })
  await mkdir(join(webRoot, '.git'))
  await writeFile(join(root, 'secret.txt'), secret)
  await writeFile(join(webRoot, '.env'), secret)
  await writeFile(join(webRoot, '.git', 'config'), secret)
  await writeFile(join(webRoot, 'index.html'), 'the app')
  await writeFile(join(webRoot, 'assets', 'app.js'), 'the code')
  return { webRoot, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) }
}

suite('paths to files that are served', () => {
  test('lead to nothing beside them, and to nothing hidden, however they are written', async () => {
    await using folder = await openWebFolder()
    await using app = await openTestApp({ webRoot: folder.webRoot })
    assert.match(await exchange(app.url, rawRequest('GET /assets/app.js')), /the code/)
    const paths = ['/.env', '/.git/config', '/%2egit/config', '/assets/.%2e/.env', '/.GIT/config']
    for (const climb of climbs)
      for (const prefix of ['/', '/assets/', '/assets/app.js/', '//'])
        for (const times of [1, 2, 6]) paths.push(`${prefix}${climb.repeat(times)}secret.txt`)
    for (const path of paths) {
      const answer = await exchange(app.url, rawRequest(`GET ${path}`))
      assert.ok(!answer.includes(secret), path)
      assert.ok([200, 400, 404].includes(statusOf(answer)), `${path}: ${statusOf(answer)}`)
    }
  })

  test('list no folder', async () => {
    await using folder = await openWebFolder()
    await using app = await openTestApp({ webRoot: folder.webRoot })
    for (const path of ['/assets', '/assets/', '/assets//', '/assets/.']) {
      const answer = await exchange(app.url, rawRequest(`GET ${path}`))
      assert.doesNotMatch(answer, /app\.js|the code/, path)
    }
  })

  test('lead to the metrics under one name only, which is the one that a proxy can keep for operators', async () => {
    await using folder = await openWebFolder()
    await using app = await openTestApp({ webRoot: folder.webRoot })
    assert.match(await exchange(app.url, rawRequest('GET /metrics')), /cloudsync_http/)
    for (const path of [
      '/METRICS',
      '/Metrics',
      '/metrics/',
      '//metrics',
      '/./metrics',
      '/%6detrics',
    ])
      assert.doesNotMatch(
        await exchange(app.url, rawRequest(`GET ${path}`)),
        /cloudsync_http/,
        path,
      )
  })

  test('of the API are held to its headers however they are written', async () => {
    await using server = await startTestServer()
    for (const path of ['/API/v1/me', '/api/V1/me', '/Api/v1/me']) {
      const answer = await exchange(server.url, rawRequest(`GET ${path}`))
      assert.ok(
        !/application\/(problem\+)?json/.test(answer) || statusOf(answer) === 404,
        `${path} is the API`,
      )
    }
  })

  test('lead nobody to another site', async () => {
    await using folder = await openWebFolder()
    await using app = await openTestApp({ webRoot: folder.webRoot })
    const target = 'evil.example'
    for (const path of [
      `//${target}`,
      `//${target}/`,
      `//${target}/..`,
      `//${target}/%2e%2e`,
      `/\\${target}`,
      `/%5c${target}`,
      `/%2f%2f${target}`,
      `/assets//${target}/`,
      `/assets/..//${target}/`,
      `/api/docs//${target}/`,
      `/problems//${target}/`,
      `/api/v1//${target}/`,
      `/?next=https://${target}`,
      `/sign-in?returnTo=//${target}`,
      `/%0d%0alocation:%20https://${target}/`,
      `http://${target}/`,
    ]) {
      const answer = await exchange(app.url, rawRequest(`GET ${path}`))
      const [head = ''] = answer.split('\r\n\r\n')
      assert.doesNotMatch(head, /^HTTP\/1\.1 3/, path)
      assert.doesNotMatch(head, /evil\.example/, path)
    }
  })

  test('and hosts that a sender makes up are in no answer', async () => {
    await using folder = await openWebFolder()
    await using app = await openTestApp({ webRoot: folder.webRoot })
    for (const path of ['/', '/api/docs', '/problems', '/api/v1/openapi.json', '/api/v1/me']) {
      const request = [
        `GET ${path} HTTP/1.1`,
        'host: evil.example',
        'x-forwarded-host: evil.example',
        'x-forwarded-proto: https',
        'forwarded: host=evil.example',
        'connection: close',
        '',
        '',
      ].join('\r\n')
      const answer = await exchange(app.url, request)
      assert.notEqual(statusOf(answer), 0, path)
      assert.doesNotMatch(answer, /evil\.example/, path)
    }
  })
})

suite('ids in paths of the API', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
  })
  after(() => server[Symbol.asyncDispose]())

  test('are ids, or the request is refused before anything is asked', async () => {
    const rootId = await server.admin.rootId()
    const ids = [
      ...climbs,
      `${rootId}%00`,
      `${rootId}%2f..`,
      `${rootId}%20`,
      `%7b${rootId}%7d`,
      rootId.replaceAll('-', ''),
      `urn:uuid:${rootId}`,
      '%00',
      '%ff',
      '%e0%80%80',
      '%',
      '%zz',
      "'%20or%201=1--",
      '*',
      'null',
      '__proto__',
      'constructor',
      'a'.repeat(8_000),
    ]
    const headers = [`authorization: Bearer ${server.admin.accessToken}`, 'tus-resumable: 1.0.0']
    for (const id of ids)
      for (const path of [
        `/nodes/${id}`,
        `/nodes/${id}/content`,
        `/spaces/${id}`,
        `/uploads/${id}`,
      ]) {
        const method = path.startsWith('/uploads') ? 'HEAD' : 'GET'
        const answer = await exchange(server.url, rawRequest(`${method} /api/v1${path}`, headers))
        assert.ok([400, 404].includes(statusOf(answer)), `${path}: ${answer.slice(0, 300)}`)
        // What Node refuses has no body.
        if (/content-type/i.test(answer)) assert.match(answer, /application\/problem\+json/, path)
      }
  })

  test('and names in a path climb nowhere', async () => {
    const { admin } = server
    const { items } = await admin.get<{ items: { id: string; rootId: string }[] }>('/spaces')
    const [space] = items
    assert.ok(space)
    const bob = await server.addUser('Bob')
    await bob.createText('private.md')
    const { items: theirs } = await bob.get<{ items: { id: string }[] }>('/spaces')
    for (const climb of ['..', '../..', '%2e%2e', '..%2f', `../${theirs[0]?.id}`, '\0', '.'])
      for (const rest of ['', '/private.md']) {
        const path = encodeURIComponent(climb + rest)
        const answer = await admin.send('GET', `/spaces/${space.id}/path?path=${path}`)
        assert.equal(answer.status, 404, climb + rest)
      }
  })
})

suite('names of files', () => {
  const refused = [
    '',
    '.',
    '..',
    '../up',
    'a/b',
    'a\\b',
    '/etc/passwd',
    'C:\\boot.ini',
    'nul\0byte',
    'line\nbreak',
    'bell\u0007',
    'CON',
    'aux.txt',
    'ends with a dot.',
    'ends with a space ',
    'a:b',
    'what?',
    '<b>',
    'a'.repeat(300),
    '😀'.repeat(70),
  ]
  /** Strange, and names all the same: what they say is taken for nothing else anywhere. */
  const kept = [
    '%2e%2e%2fup',
    '..%00',
    '&lt;b&gt;',
    '${7+7}',
    "'; DROP TABLE nodes; --",
    '-rf',
    '=1+1',
  ]

  test('are refused by all ways in where they would be paths or no names', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const parentId = await admin.rootId()
    for (const name of refused) {
      const answers = [
        await admin.send('POST', '/nodes', {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ parentId, name, kind: 'text' }),
        }),
        await admin.upload({ parentId, name }, 'words'),
        await admin.send('POST', '/uploads', {
          headers: {
            ...version,
            'upload-length': '5',
            'upload-metadata': encode({ parentId, filename: name }),
          },
        }),
      ]
      for (const answer of answers)
        assert.equal(answer.status, 400, `${JSON.stringify(name)} ${await answer.text()}`)
      const bulk = await admin.send('POST', '/nodes/bulk', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ operations: [{ type: 'create', parentId, name, kind: 'folder' }] }),
      })
      const { results = [] } = (await bulk.json()) as { results?: { ok: boolean }[] }
      assert.ok(bulk.status === 400 || results[0]?.ok === false, name)
    }
    const { items } = await admin.get<{ items: unknown[] }>(`/nodes/${parentId}/children`)
    assert.deepEqual(items, [])
  })

  test('that are only strange stay as they are, and lead to their own file', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const parentId = await admin.rootId()
    const { items } = await admin.get<{ items: { id: string }[] }>('/spaces')
    for (const name of kept) {
      const made = await admin.upload({ parentId, name }, name)
      assert.equal(made.status, 201, name)
      const path = encodeURIComponent(name)
      const found = await admin.get<{ id: string; name: string }>(
        `/spaces/${items[0]?.id}/path?path=${path}`,
      )
      assert.equal(found.name, name)
      assert.equal(await admin.text(`/nodes/${found.id}/content`), name)
    }
  })

  test('are no UTF-8 in vain: overlong forms and halves of characters are no names', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const parentId = Buffer.from(await admin.rootId()).toString('base64')
    for (const bytes of ['c0af', 'c0aec0ae2f', 'e080af', 'eda080', 'ff', 'f8808080af']) {
      const filename = Buffer.from(bytes, 'hex').toString('base64')
      const answer = await admin.send('POST', '/uploads', {
        headers: {
          ...version,
          'upload-length': '5',
          'upload-metadata': `parentId ${parentId},filename ${filename}`,
        },
      })
      assert.equal(answer.status, 400, bytes)
    }
  })
})
