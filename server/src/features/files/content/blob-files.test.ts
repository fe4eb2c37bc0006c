import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { suite, test } from 'node:test'
import type { Node, Page, PutContentResponse, Version } from '@cloudsync/protocol'
import type { Sha256 } from '@cloudsync/storage'
import { v7 as uuidv7 } from 'uuid'
import { ContentNotFoundError } from '#features/contents/index.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

type Bytes = Uint8Array<ArrayBuffer>
const sha256 = (bytes: Bytes) => createHash('sha256').update(bytes)
const hexOf = (bytes: Bytes) => sha256(bytes).digest('hex')
const digestOf = (bytes: Bytes) => `sha-256=:${sha256(bytes).digest('base64')}:`
const picture = Uint8Array.from(
  Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), randomBytes(50_000)]),
)
/** Compresses, and has a NUL. */
const table = Uint8Array.from(Buffer.from('row\0of a table\n'.repeat(300_000)))

const server = sharedByTests(await openTestFiles())
const { ada } = server

suite('files that are no text', () => {
  const create = async (content: Bytes = picture, name = 'picture.png') => {
    const { rootId } = await server.newSpace()
    const answer = await ada.upload({ parentId: rootId, name }, content)
    assert.equal(answer.status, 201, await answer.clone().text())
    return (await answer.json()) as Node
  }
  const get = async (id: string, headers: Record<string, string> = {}) => {
    const answer = await ada.send('GET', `/nodes/${id}/content`, { headers })
    return { answer, status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const put = async (id: string, body: Bytes, headers: Record<string, string> = {}) => {
    const answer = await ada.send('PUT', `/nodes/${id}/content`, { body, headers })
    const said = (await answer.json()) as PutContentResponse & { code?: string }
    return { ...said, status: answer.status, etag: answer.headers.get('etag') }
  }
  const versions = async (id: string) =>
    (await ada.get<Page<Version>>(`/nodes/${id}/versions`)).items
  const countAll = async () => {
    const { rows } = await server.db.pool.query(
      'SELECT (SELECT count(*) FROM nodes) n, (SELECT count(*) FROM versions) v, (SELECT count(*) FROM events) e',
    )
    return rows[0] as unknown
  }

  test('are uploaded by form: hash, size, type by content, and a first version', async () => {
    const node = await create()
    assert.deepEqual(
      [node.kind, node.sha256, node.sizeBytes, node.mediaType, node.hasConflicts],
      ['blob', hexOf(picture), picture.length, 'image/png', false],
    )
    const { answer, bytes } = await get(node.id)
    assert.deepEqual(bytes, Buffer.from(picture))
    assert.equal(answer.headers.get('etag'), `"${hexOf(picture)}"`)
    assert.equal(answer.headers.get('content-type'), 'image/png')
    assert.equal(answer.headers.get('content-length'), String(picture.length))
    assert.equal(
      answer.headers.get('content-disposition'),
      `attachment; filename="picture.png"; filename*=UTF-8''picture.png`,
    )
    const [version, ...others] = await versions(node.id)
    assert.deepEqual(
      [version?.number, version?.reason, version?.sha256, version?.author?.name, others.length],
      [1, 'upload', hexOf(picture), node.createdBy?.name, 0],
    )
  })

  test('are made once, however often the same request comes', async () => {
    const { rootId } = await server.newSpace()
    const id = uuidv7()
    const answers = await Promise.all(
      [1, 2, 3].map(() => ada.upload({ parentId: rootId, name: 'a.png', id }, picture)),
    )
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((one, other) => one - other),
      [200, 200, 201],
    )
    assert.equal((await ada.upload({ parentId: rootId, name: 'a.png', id }, table)).status, 409)
    assert.equal((await ada.upload({ parentId: rootId, name: 'A.png' }, picture)).status, 409)
  })

  test('are made empty, and filled by a put', async () => {
    const { rootId } = await server.newSpace()
    const request = { parentId: rootId, name: 'empty.bin', kind: 'blob' }
    const node = await ada.post<Node>('/nodes', request)
    assert.deepEqual([node.kind, node.sizeBytes], ['blob', 0])
    assert.equal((await get(node.id)).bytes.length, 0)
    assert.equal((await get(node.id, { range: 'bytes=0-' })).status, 416)
    const done = await put(node.id, table)
    assert.deepEqual([done.status, done.outcome, done.etag], [200, 'replaced', `"${hexOf(table)}"`])
    assert.deepEqual((await get(node.id)).bytes, Buffer.from(table))
    assert.equal((await put(node.id, table)).outcome, 'unchanged')
    assert.deepEqual(
      (await versions(node.id)).map(({ number, reason }) => [number, reason]),
      [
        [2, 'upload'],
        [1, 'upload'],
      ],
    )
  })

  for (const [title, bytes] of [
    ['random', picture],
    ['compressed', table],
  ] as const)
    test(`are served in parts: ${title}`, async () => {
      const { id } = await create(bytes, 'a.bin')
      const size = bytes.length
      for (const [range, first, last] of [
        ['bytes=0-0', 0, 0],
        ['bytes=100-199', 100, 199],
        [`bytes=${size - 7}-`, size - 7, size - 1],
        ['bytes=-5', size - 5, size - 1],
        [`bytes=3-${size * 2}`, 3, size - 1],
      ] as const) {
        const part = await get(id, { range })
        assert.equal(part.status, 206)
        assert.equal(part.answer.headers.get('content-range'), `bytes ${first}-${last}/${size}`)
        assert.deepEqual(part.bytes, Buffer.from(bytes.subarray(first, last + 1)), range)
      }
      const beyond = await get(id, { range: `bytes=${size}-` })
      assert.equal(beyond.status, 416)
      assert.equal(beyond.answer.headers.get('content-range'), `bytes */${size}`)
      const etag = `"${hexOf(bytes)}"`
      assert.equal((await get(id, { range: 'bytes=0-1', 'if-range': etag })).status, 206)
      assert.equal((await get(id, { range: 'bytes=0-1', 'if-range': '"x"' })).status, 200)
      assert.equal((await get(id, { 'if-none-match': etag })).status, 304)
      const head = await ada.send('HEAD', `/nodes/${id}/content`)
      assert.equal(head.headers.get('content-length'), String(size))
      assert.equal(head.headers.get('etag'), etag)
      const version = await ada.send('GET', `/nodes/${id}/versions/1/content`, {
        headers: { range: 'bytes=4-9' },
      })
      assert.deepEqual(Buffer.from(await version.arrayBuffer()), Buffer.from(bytes.subarray(4, 10)))
    })

  test('are never served as what a browser runs, whatever they are called', async () => {
    const nul = (text: string) => Uint8Array.from(Buffer.from(`${text}\0`))
    for (const [name, content] of [
      ['page.html', nul('<html><script>alert(1)</script>')],
      ['image.svg', nul('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
      ['code.js', nul('alert(1)')],
      ['style.css', nul('a{}')],
      ['data.xml', nul('<?xml version="1.0"?><a/>')],
      ['long.html', Uint8Array.from(Buffer.alloc(3_000_000, '<script>alert(1)</script>\n'))],
    ] as const) {
      const { id, kind } = await create(content, name)
      assert.equal(kind, 'blob')
      const { answer } = await get(id)
      assert.match(
        answer.headers.get('content-type') ?? '',
        /^(?:application\/octet-stream|text\/plain; charset=utf-8)$/,
        name,
      )
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(answer.headers.get('content-security-policy'), "sandbox; default-src 'none'")
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment;/)
    }
  })

  test('are checked by the hash that the sender announces', async () => {
    const { id } = await create()
    const text = await ada.post<Node>('/nodes', {
      parentId: (await server.newSpace()).rootId,
      name: 'a.md',
      kind: 'text',
    })
    const words = Uint8Array.from(Buffer.from('some words\n'))
    for (const [node, content] of [
      [id, table],
      [text.id, words],
    ] as const) {
      const before = await countAll()
      const etag = (await get(node)).answer.headers.get('etag')
      for (const header of ['content-digest', 'repr-digest']) {
        const refused = await put(node, content, { [header]: digestOf(picture) })
        assert.deepEqual([refused.status, refused.code], [400, 'hash_mismatch'])
        const malformed = await put(node, content, { [header]: 'sha-256=:x:' })
        assert.deepEqual([malformed.status, malformed.code], [400, 'bad_request'])
      }
      const differing = { 'content-digest': digestOf(content), 'repr-digest': digestOf(picture) }
      assert.equal((await put(node, content, differing)).code, 'bad_request')
      assert.deepEqual(await countAll(), before)
      assert.equal((await get(node)).answer.headers.get('etag'), etag)
      const digest = `md5=:AAAA:, ${digestOf(content)}`
      assert.equal((await put(node, content, { 'content-digest': digest })).status, 200)
    }
    assert.deepEqual(
      Buffer.from(await server.contents.contents.get(hexOf(table) as Sha256)),
      Buffer.from(table),
    )
  })

  test('that were announced under another hash are not stored', async () => {
    const { id } = await create()
    const content = Uint8Array.from(randomBytes(3_000_000))
    const refused = await put(id, content, { 'content-digest': digestOf(picture) })
    assert.equal(refused.code, 'hash_mismatch')
    const unknown = server.contents.contents.get(hexOf(content) as Sha256)
    await assert.rejects(unknown, ContentNotFoundError)
  })

  test('are left as they were by an upload that breaks off', async () => {
    const { id } = await create()
    await breakOff(ada, `/nodes/${id}/content`, 'PUT', {}, randomBytes(3_000_000))
    const { rootId } = await server.newSpace()
    const begun = await countAll()
    const type = { 'content-type': 'multipart/form-data; boundary=b' }
    const field = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const fileHead = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    const form = field('parentId', rootId) + field('name', 'x.bin') + fileHead
    const body = Buffer.concat([Buffer.from(form), randomBytes(3_000_000)])
    await breakOff(ada, '/nodes', 'POST', type, body)
    assert.deepEqual((await get(id)).bytes, Buffer.from(picture))
    assert.deepEqual(await countAll(), begun)
  })

  test('are refused before the disk is full, and nothing else is', async () => {
    const { id } = await create()
    const gigabyte = 1024 ** 3
    try {
      for (const space of [
        { freeBytes: gigabyte - 1, totalBytes: 10 * gigabyte },
        { freeBytes: 4 * gigabyte, totalBytes: 100 * gigabyte },
        { freeBytes: gigabyte + 100, totalBytes: 10 * gigabyte },
      ]) {
        server.space = space
        const refused = await put(id, table)
        assert.deepEqual([refused.status, refused.code], [507, 'storage_full'])
        const { rootId } = await server.newSpace()
        assert.equal((await ada.upload({ parentId: rootId, name: 'a.png' }, picture)).status, 507)
        assert.equal((await get(id)).status, 200)
      }
      server.space = { freeBytes: 6 * gigabyte, totalBytes: 100 * gigabyte }
      assert.equal((await put(id, table)).status, 200)
    } finally {
      server.space = undefined
    }
  })

  test('are restored from a version, under a version of their own', async () => {
    const { id } = await create()
    await put(id, table)
    const restored = await ada.post<PutContentResponse>(`/nodes/${id}/versions/1/restore`)
    assert.equal(restored.etag, hexOf(picture))
    assert.deepEqual((await get(id)).bytes, Buffer.from(picture))
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).mediaType, 'image/png')
    assert.deepEqual(
      (await versions(id)).map((version) => version.sha256),
      [hexOf(picture), hexOf(table), hexOf(picture)],
    )
  })
})

/** Announces more than it sends, and goes away. */
function breakOff(
  caller: TestCaller,
  path: string,
  method: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<void> {
  return new Promise((resolve) => {
    const request = httpRequest(`${caller.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${caller.accessToken}`,
        'content-length': String(body.length + 100_000),
        ...headers,
      },
    })
    request.on('error', () => resolve())
    request.on('close', () => resolve())
    request.write(body, () => request.destroy())
  })
}
