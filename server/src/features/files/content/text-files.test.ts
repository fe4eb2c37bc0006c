import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { suite, test } from 'node:test'
import type { Node } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

/** Bytes that a careless import would change. */
const files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {
  'empty.md': '',
  'one newline.md': '\n',
  'no final newline.md': 'first\nlast',
  'final newlines.md': 'first\n\n\n',
  'crlf.txt': 'first\r\nsecond\r\n',
  'crlf without an end.txt': 'first\r\nsecond',
  'mixed.txt': 'unix\nwindows\r\nunix\n',
  'old mac.txt': 'first\rsecond\r',
  'stray returns.txt': 'a\r\r\nb\r\n\rc\n\r',
  'bom.csv': '\ufeffname;value\r\nZoë;1\r\n',
  'bom alone.txt': '\ufeff',
  'two boms.txt': '\ufeff\ufeffa',
  'emoji.md': '👩‍👩‍👧 family, 🇨🇭 flag, e\u0301 combining, 𝒳\n',
  'spaces.md': '  trailing  \n\ttab\n\u00a0\u2028\u2029\u0085\n',
  'controls.txt': '\u0001\u001b[31mred\u007f\n',
  'bidi.txt': '\u202eevil\u202c\n',
  'noncharacters.txt': '\ufffe\uffff\ufffd\n',
}

const server = sharedByTests(await openTestFiles())
const { ada } = server

suite('text files', () => {
  const create = async (content: string | Uint8Array<ArrayBuffer> = '', name = 'notes.md') => {
    const { rootId } = await server.newSpace()
    const answer = await ada.upload({ parentId: rootId, name }, content)
    assert.equal(answer.status, 201, await answer.clone().text())
    return { rootId, node: (await answer.json()) as Node }
  }
  const download = async (id: string, headers: Record<string, string> = {}) => {
    const answer = await ada.send('GET', `/nodes/${id}/content`, { headers })
    return { answer, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const countAll = async () => {
    const { rows } = await server.db.pool.query(
      'SELECT (SELECT count(*) FROM nodes) n, (SELECT count(*) FROM documents) d, (SELECT count(*) FROM update_log) u, (SELECT count(*) FROM events) e, (SELECT count(*) FROM version_dues) v',
    )
    return rows[0] as unknown
  }

  for (const [name, content] of Object.entries(files))
    test(`keep every byte of "${name}", uploaded and put`, async () => {
      const expected = Buffer.from(content)
      const { node, rootId } = await create(content, name)
      assert.equal(node.sizeBytes, expected.length)
      const first = await download(node.id)
      assert.deepEqual(first.bytes, expected)
      assert.equal(first.answer.headers.get('content-length'), String(expected.length))

      const empty = await ada.post<Node>('/nodes', {
        parentId: rootId,
        name: `put ${name}`,
        kind: 'text',
      })
      await ada.put(`/nodes/${empty.id}/content`, content)
      assert.deepEqual((await download(empty.id)).bytes, expected)
      assert.equal((await ada.get<Node>(`/nodes/${empty.id}`)).sizeBytes, expected.length)
    })

  for (const [name, content] of Object.entries(files))
    test(`become every byte of "${name}" whatever they were`, async () => {
      const { node } = await create('\ufeffwas\r\nsomething\r\nelse')
      await ada.put(`/nodes/${node.id}/content`, content)
      assert.deepEqual((await download(node.id)).bytes, Buffer.from(content))
      await ada.put(`/nodes/${node.id}/content`, 'and back\nagain')
      assert.equal((await download(node.id)).bytes.toString(), 'and back\nagain')
    })

  test('are served so that no browser runs or renders them', async () => {
    const { node } = await create(
      '<script>alert(1)</script>',
      'Zoë "page".html'.replaceAll('"', "'"),
    )
    const { answer } = await download(node.id)
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(answer.headers.get('content-security-policy'), "sandbox; default-src 'none'")
    assert.equal(answer.headers.get('cache-control'), 'private, no-cache')
    assert.equal(
      answer.headers.get('content-disposition'),
      `attachment; filename="Zoe 'page'.html"; filename*=UTF-8''Zo%C3%AB%20%27page%27.html`,
    )
    await ada.patch(`/nodes/${node.id}`, { name: 'a.md' })
    assert.equal(
      (await download(node.id)).answer.headers.get('content-type'),
      'text/markdown; charset=utf-8',
    )
  })

  test('are not sent again to who has them', async () => {
    const { node } = await create('hello')
    const etag = (await download(node.id)).answer.headers.get('etag') ?? ''
    assert.match(etag, /^"\d+\.\d+"$/)
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const { answer, bytes } = await download(node.id, { 'if-none-match': known })
      assert.equal(answer.status, 304)
      assert.equal(answer.headers.get('etag'), etag)
      assert.equal(bytes.length, 0)
    }
    assert.equal((await download(node.id, { 'if-none-match': '"x"' })).answer.status, 200)
    assert.equal((await download(node.id, { 'if-none-match': 'x' })).answer.status, 400)
  })

  test('have another tag when only their line ends or byte order mark change', async () => {
    const { node } = await create('a\nb\n')
    const tags = new Set<string>()
    for (const content of ['a\nb\n', 'a\r\nb\r\n', '\ufeffa\nb\n', '\ufeffa\r\nb\r\n']) {
      const put = await ada.send('PUT', `/nodes/${node.id}/content`, { body: content })
      const { answer, bytes } = await download(node.id)
      assert.equal(bytes.toString(), content)
      assert.equal(put.headers.get('etag'), answer.headers.get('etag'))
      tags.add(answer.headers.get('etag') ?? '')
    }
    assert.equal(tags.size, 4)
  })

  test('are served in parts', async () => {
    const { node } = await create('\ufeff0123456789')
    const whole = await download(node.id)
    assert.equal(whole.answer.headers.get('accept-ranges'), 'bytes')
    const part = await download(node.id, { range: 'bytes=3-6' })
    assert.equal(part.answer.status, 206)
    assert.equal(part.answer.headers.get('content-range'), 'bytes 3-6/13')
    assert.equal(part.answer.headers.get('content-length'), '4')
    assert.equal(part.bytes.toString(), '0123')
    const last = await download(node.id, { range: 'bytes=-2' })
    assert.equal(last.bytes.toString(), '89')
    const beyond = await download(node.id, { range: 'bytes=13-' })
    assert.equal(beyond.answer.status, 416)
    assert.equal(beyond.answer.headers.get('content-range'), 'bytes */13')
    const etag = whole.answer.headers.get('etag') ?? ''
    assert.equal(
      (await download(node.id, { range: 'bytes=0-1', 'if-range': etag })).answer.status,
      206,
    )
    assert.equal(
      (await download(node.id, { range: 'bytes=0-1', 'if-range': '"old"' })).answer.status,
      200,
    )
    assert.equal((await download(node.id, { range: 'bytes=0-1,3-4' })).answer.status, 200)
  })

  test('are described by HEAD as by GET', async () => {
    const { node } = await create('hello')
    const answer = await ada.send('HEAD', `/nodes/${node.id}/content`, {
      headers: { range: 'bytes=0-0' },
    })
    const got = (await download(node.id)).answer
    assert.equal(answer.status, 200)
    for (const header of [
      'content-length',
      'content-type',
      'etag',
      'content-disposition',
      'accept-ranges',
    ])
      assert.equal(answer.headers.get(header), got.headers.get(header), header)
    assert.equal(await answer.text(), '')
  })

  const noTexts: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
    ['bytes that are not UTF-8', new Uint8Array([0x61, 0xff])],
    ['a NUL', new Uint8Array([0x61, 0, 0x62])],
    ['half a surrogate pair', new Uint8Array([0xed, 0xa0, 0x80])],
    ['an overlong form', new Uint8Array([0xc0, 0xaf])],
    ['a cut character', new Uint8Array([0xf0, 0x9f, 0x98])],
    ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0])],
  ]
  for (const [title, bytes] of noTexts)
    test(`are not made of ${title}`, async () => {
      const { rootId } = await create('text')
      const uploaded = await ada.upload({ parentId: rootId, name: 'b.md' }, bytes)
      assert.equal(uploaded.status, 201)
      const node = (await uploaded.json()) as Node
      assert.equal(node.kind, 'blob')
      assert.deepEqual((await download(node.id)).bytes, Buffer.from(bytes))
    })

  test('above 2 MiB, or with very long lines, are no new texts', async () => {
    const { rootId } = await server.newSpace()
    const kindOf = async (name: string, content: string) =>
      ((await (await ada.upload({ parentId: rootId, name }, content)).json()) as Node).kind
    assert.equal(await kindOf('a', 'x\n'.repeat(1024 * 1024)), 'text')
    assert.equal(await kindOf('b', 'x\n'.repeat(1024 * 1024) + 'y'), 'blob')
    assert.equal(await kindOf('c', 'x'.repeat(10_001)), 'blob')
  })

  test('above 20 MiB are texts no more, whether or not their length is told', async () => {
    const { node } = await create('small')
    const put = async (megabytes: number) => {
      assert.equal(await putChunked(ada, node.id, megabytes), 200)
      return (await ada.get<Node>(`/nodes/${node.id}`)).kind
    }
    assert.equal(await put(19), 'text')
    assert.equal(await put(21), 'blob')
  })

  test('are left as they were by an upload that breaks off', async () => {
    const { node } = await create('small')
    const before = await countAll()
    await putAborted(ada, node.id)
    assert.equal((await download(node.id)).bytes.toString(), 'small')
    assert.deepEqual(await countAll(), before)
  })

  test('are put as they are: not encoded, not in parts', async () => {
    const { node } = await create('small')
    const put = (headers: Record<string, string>) =>
      ada.send('PUT', `/nodes/${node.id}/content`, { body: 'x', headers })
    assert.equal((await put({ 'content-encoding': 'gzip' })).status, 415)
    assert.equal((await put({ 'content-range': 'bytes 0-0/5' })).status, 400)
    assert.equal((await put({ 'content-type': 'application/json' })).status, 200)
    assert.equal((await download(node.id)).bytes.toString(), 'x')
  })

  test('are uploaded once, however often the same request comes', async () => {
    const { rootId } = await server.newSpace()
    const id = uuidv7()
    const answers = await Promise.all(
      [1, 2, 3].map(() => ada.upload({ parentId: rootId, name: 'a.md', id }, 'content')),
    )
    assert.equal(answers.filter((answer) => answer.status === 201).length, 1)
    assert.equal(answers.filter((answer) => answer.status === 200).length, 2)
    assert.equal((await download(id)).bytes.toString(), 'content')
  })

  test('refuse forms that are cut, garbled or say too much, and change nothing', async () => {
    const { rootId } = await server.newSpace()
    const before = await countAll()
    const type = 'multipart/form-data; boundary=b'
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const head = part('parentId', rootId) + part('name', 'a.md')
    for (const body of [
      head + part('file', 'x'),
      head + '--b--\r\n',
      head + part('extra', 'x') + part('file', 'x') + '--b--\r\n',
      part('name', 'a.md') + part('file', 'x') + '--b--\r\n',
      head + part('id', 'no id') + part('file', 'x') + '--b--\r\n',
      head.replaceAll('--b', '--c'),
    ]) {
      const answer = await ada.send('POST', '/nodes', { headers: { 'content-type': type }, body })
      assert.equal(answer.status, 400, body)
    }
    assert.deepEqual(await countAll(), before)
    const whole = head + part('file', 'x') + '--b--\r\n'
    const answer = await ada.send('POST', '/nodes', {
      headers: { 'content-type': type },
      body: whole,
    })
    assert.equal(answer.status, 201)
  })

  test('of 2 MiB go in and out whole', async () => {
    const content = Buffer.from(
      Array.from({ length: 60_000 }, (_, n) => `line ${n} ${'é'.repeat(10)}\r\n`).join(''),
    ).subarray(0, 2 * 1024 * 1024 - 10)
    const text = content.toString('utf8').replaceAll('\ufffd', '')
    const { node } = await create(text)
    const { bytes } = await download(node.id)
    assert.equal(sha256(bytes), sha256(Buffer.from(text)))
    await ada.put(`/nodes/${node.id}/content`, text.replace('line 7 ', 'LINE 7 '))
    assert.equal((await download(node.id)).bytes.toString(), text.replace('line 7 ', 'LINE 7 '))
  })
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function openPut(caller: TestCaller, id: string, headers: Record<string, string> = {}) {
  return httpRequest(`${caller.url}/api/v1/nodes/${id}/content`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${caller.accessToken}`, ...headers },
  })
}

/** Sends megabytes without saying how many; gives the status. */
function putChunked(caller: TestCaller, id: string, megabytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = openPut(caller, id)
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error)
    })
    const chunk = Buffer.alloc(1024 * 1024, 'line\n')
    const writeFrom = (left: number): void => {
      if (left === 0) request.end()
      else request.write(chunk, () => writeFrom(left - 1))
    }
    writeFrom(megabytes)
  })
}

/** Announces more than it sends, and goes away when the server has begun to read. */
function putAborted(caller: TestCaller, id: string): Promise<void> {
  return new Promise((resolve) => {
    const request = openPut(caller, id, { 'content-length': '100000', expect: '100-continue' })
    request.on('continue', () => {
      request.write('half of a ', () => {
        request.destroy()
      })
    })
    request.on('error', () => resolve())
    request.on('close', () => resolve())
    request.flushHeaders()
  })
}
