import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import {
  createClient,
  isCloudSyncError,
  NetworkError,
  newNodeId,
  systemClock,
  type CloudSyncClient,
  type Fetch,
  type SdkClock,
  type UploadSource,
} from '@cloudsync/client'
import { TestLink } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { startStoringServer } from '../../server/testing/storing-server.ts'

const mebibyte = 1024 * 1024
const server = sharedByTests(await startStoringServer())
const { url } = server
const credentials = { accessToken: server.admin.accessToken }
const client = createClient({ url, credentials })
const [space] = await client.spaces.list().all()
assert.ok(space)
const { rootId } = space

/** Does not wait before it asks again; limits of silence are longer than that and stay. */
const impatient: SdkClock = {
  ...systemClock,
  delay: (ms, signal) => systemClock.delay(ms < 30_000 ? Math.min(ms, 10) : ms, signal),
}

const namesIn = async (id: typeof rootId) =>
  (await client.nodes.children(id).all()).map(({ name }) => name)
const newFolder = async (name: string) =>
  (await client.nodes.create({ parentId: rootId, name, kind: 'folder' })).id

/** A line that loses the answer to the first request that `isMeant`, which the server has done. */
function losing(isMeant: (method: string, path: string) => boolean): CloudSyncClient {
  let isLost = false
  const send: Fetch = async (address, init) => {
    const answer = await fetch(address, init)
    if (isLost || !isMeant(init.method ?? 'GET', new URL(address).pathname)) return answer
    isLost = true
    await answer.body?.cancel()
    throw new TypeError('the line broke')
  }
  return createClient({ url, credentials, fetch: send })
}

suite('after a lost answer', () => {
  test('a change that is sent again is done once', async () => {
    const parentId = await newFolder('once')
    const post = (method: string, path: string) => method === 'POST' && path.endsWith('/nodes')
    await losing(post).nodes.create({ parentId, name: 'a', kind: 'folder' })
    const content = blobOf(10)
    await losing(post).nodes.createFile({ parentId, name: 'b', content })
    const batch = (_: string, path: string) => path.endsWith('/nodes/files')
    const files = ['c', 'd'].map((name) => ({ parentId, name, content }))
    const { results } = await losing(batch).nodes.createFiles(files)
    assert.ok(results.every(({ ok }) => ok))
    const upload = (method: string, path: string) => method === 'POST' && path.endsWith('/uploads')
    const sha256 = createHash('sha256').update(content).digest('hex')
    const target = { parentId, name: 'e', ifTaken: 'fail' as const }
    assert.equal((await losing(upload).uploads.upload(content, target, { sha256 })).wasSent, false)
    const patch = (method: string, path: string) => method === 'PATCH' && /uploads/.test(path)
    await losing(patch).uploads.upload(blobOf(20), { parentId, name: 'f', ifTaken: 'fail' })
    const copies = (_: string, path: string) => path.endsWith('/copies')
    const [first] = await client.nodes.children(parentId).all()
    assert.ok(first)
    await losing(copies).nodes.copy(first.id, { parentId, name: 'g' })
    assert.deepEqual(await namesIn(parentId), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  })

  test('so is one that another run of the program sends again', async () => {
    const parentId = await newFolder('again')
    const operationId = newNodeId()
    const operations = [
      {
        type: 'create' as const,
        parentId,
        name: 'x',
        kind: 'folder' as const,
        ifTaken: 'rename' as const,
      },
    ]
    const one = await client.nodes.bulk(operations, { operationId })
    const two = await createClient({ url, credentials }).nodes.bulk(operations, { operationId })
    assert.deepEqual(two, one)
    assert.deepEqual(await namesIn(parentId), ['x'])
  })

  test('a replacement by what the file held finds itself done, and is no conflict', async () => {
    const parentId = await newFolder('put')
    const file = await client.nodes.createFile({ parentId, name: 'a', content: blobOf(9) })
    const put = (method: string) => method === 'PUT'
    const ifMatch = file.sha256 ?? ''
    const content = blobOf(10)
    await losing(put).content.put(file.id, content, { ifMatch })
    assert.deepEqual(Buffer.from(await client.content.bytes(file.id)), content)
    assert.deepEqual(await client.conflicts.list({ nodeId: file.id, state: 'all' }).all(), [])
  })

  test('what would be done twice is not sent again', async () => {
    const file = await client.nodes.createFile({ parentId: rootId, name: 'v.txt', content: 'a' })
    const create = (method: string, path: string) => method === 'POST' && path.endsWith('/versions')
    await assert.rejects(losing(create).versions.create(file.id, 'kept'), NetworkError)
    const named = (await client.versions.list(file.id).all()).filter(({ name }) => name === 'kept')
    assert.equal(named.length, 1)
  })
})

/** Random, and never a text by chance. */
function blobOf(sizeBytes: number): Buffer {
  const bytes = randomBytes(sizeBytes)
  bytes[0] = 0
  return bytes
}

/** 64 MiB that exist piece by piece; all of them are known by the hash alone. */
function bigSource() {
  const piece = randomBytes(mebibyte)
  const pieces = 64
  const pieceAt = (index: number) => {
    const bytes = Buffer.from(piece)
    bytes.writeUInt32BE(index)
    return bytes
  }
  const hash = createHash('sha256')
  for (let index = 0; index < pieces; index++) hash.update(pieceAt(index))
  async function* read(start: number, end: number) {
    for (let at = start; at < end;) {
      const bytes = pieceAt(Math.floor(at / mebibyte)).subarray(at % mebibyte)
      const part = bytes.subarray(0, Math.min(bytes.length, end - at))
      at += part.length
      yield part
    }
  }
  const sizeBytes = pieces * mebibyte
  return { source: { sizeBytes, read }, sha256: hash.digest('hex'), sizeBytes }
}

async function hashOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of pieces) hash.update(bytes)
  return hash.digest('hex')
}

suite('a file of 64 MiB', () => {
  test('goes up and comes down piece by piece, also over a line that breaks each time', async () => {
    const { source, sha256 } = bigSource()
    await using link = await TestLink.to(url)
    const far = createClient({
      url: link.url,
      credentials,
      clock: impatient,
    })
    let breaks = 0
    const breakOff = async () => {
      breaks++
      await link.cut()
      await link.mend()
    }
    const target = { parentId: rootId, name: 'big.bin' }
    const { nodeId, wasSent } = await far.uploads.upload(source, target, {
      sha256,
      partBytes: 16 * mebibyte,
      onProgress: (sentBytes) => {
        if (sentBytes > 0 && breaks < 2) void breakOff()
      },
    })
    assert.ok(wasSent)
    assert.ok(breaks > 0)
    let received = 0
    async function* breaking(pieces: AsyncIterable<Uint8Array>) {
      let mark = 10 * mebibyte
      for await (const bytes of pieces) {
        received += bytes.byteLength
        if (received > mark) {
          mark += 20 * mebibyte
          await breakOff()
        }
        yield bytes
      }
    }
    assert.equal(await hashOf(breaking(far.content.download(nodeId))), sha256)
    assert.ok(breaks > 3)
  })

  test('that the server has is not sent', async () => {
    const { source, sha256, sizeBytes } = bigSource()
    const first = { parentId: rootId, name: 'first.bin' }
    await client.uploads.upload(source, first, { sha256 })
    const unread: UploadSource = {
      sizeBytes,
      read() {
        throw new Error('it was read')
      },
    }
    const second = { parentId: rootId, name: 'second.bin' }
    assert.equal((await client.uploads.upload(unread, second, { sha256 })).wasSent, false)
  })

  test('is never held: no piece is taken before the one before it has gone on', async () => {
    const { source, sha256, sizeBytes } = bigSource()
    const content = blobOf(4)
    const { id } = await client.nodes.createFile({ parentId: rootId, name: 'stream.bin', content })
    const up = new PiecesUnderWay()
    const down = new PiecesUnderWay()
    const send: Fetch = async (address, init) => {
      const { body } = init
      const isStream = body instanceof ReadableStream
      const answer = await fetch(address, isStream ? { ...init, body: up.leaving(body) } : init)
      if (isStream || !answer.body) return answer
      return new Response(down.entering(answer.body), answer)
    }
    const far = createClient({ url, credentials, fetch: send })
    const given = () => up.entering(source.read(0, sizeBytes))
    await far.content.put(id, given, { sizeBytes, sha256 })
    assert.equal(await hashOf(down.leaving(far.content.download(id))), sha256)
    assert.deepEqual([up.most, down.most], [1, 1])
  })
})

/** How many pieces at most were between two ends at once. */
class PiecesUnderWay {
  most = 0
  #count = 0

  entering(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
    return this.#pass(pieces, 1)
  }

  leaving(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
    return this.#pass(pieces, -1)
  }

  #pass(pieces: AsyncIterable<Uint8Array>, step: 1 | -1): ReadableStream<Uint8Array> {
    const iterator = pieces[Symbol.asyncIterator]()
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      const next = await iterator.next()
      if (next.done === true) {
        controller.close()
        return
      }
      this.#count += step
      this.most = Math.max(this.most, this.#count)
      controller.enqueue(next.value)
    }
    return new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 })
  }
}

test('an upload goes on in another run of the program, by its address', async () => {
  const bytes = randomBytes(3 * mebibyte)
  const target = { parentId: rootId, name: 'resumed.bin' }
  let uploadUrl: string | undefined
  const stop = new AbortController()
  await assert.rejects(
    client.uploads.upload(bytes, target, {
      partBytes: mebibyte,
      signal: stop.signal,
      onStarted: (address) => {
        uploadUrl = address
      },
      onProgress: (sentBytes) => {
        if (sentBytes > 0) stop.abort(new Error('stopped'))
      },
    }),
    /stopped/,
  )
  assert.equal((await client.uploads.find(uploadUrl ?? ''))?.offset, mebibyte)
  const sent: number[] = []
  const { nodeId } = await client.uploads.upload(bytes, target, {
    uploadUrl,
    partBytes: mebibyte,
    onProgress: (sentBytes) => void sent.push(sentBytes),
  })
  assert.deepEqual(sent, [mebibyte, 2 * mebibyte, 3 * mebibyte])
  assert.deepEqual(Buffer.from(await client.content.bytes(nodeId)), bytes)
})

test('an upload that cannot become its file says why, also when that answer got lost', async () => {
  const parentId = await newFolder('refused')
  const target = { parentId, name: 'a', ifTaken: 'fail' as const }
  const patch = (method: string, path: string) => method === 'PATCH' && path.includes('/uploads/')
  let uploadUrl: string | undefined
  const onStarted = async (address: string) => {
    uploadUrl = address
    await client.nodes.create({ parentId, name: 'a', kind: 'folder' })
  }
  const isTaken = (error: unknown) => isCloudSyncError(error, 'name_taken')
  await assert.rejects(losing(patch).uploads.upload(blobOf(9), target, { onStarted }), isTaken)
  await assert.rejects(client.uploads.upload(blobOf(9), target, { uploadUrl }), isTaken)
})

test('an upload that is gone begins anew', async () => {
  const target = { parentId: rootId, name: 'anew.bin' }
  const uploadUrl = '/api/v1/uploads/0190b0e8-6a1c-4000-8000-000000000000'
  const { nodeId } = await client.uploads.upload(blobOf(10), target, { uploadUrl })
  assert.equal((await client.nodes.get(nodeId)).name, 'anew.bin')
  await assert.rejects(
    client.uploads.upload(blobOf(10), target, { uploadUrl: 'https://elsewhere.example/' }),
    TypeError,
  )
})

test('bytes that are not the ones that were announced change nothing', async () => {
  const before = blobOf(5)
  const { id } = await client.nodes.createFile({ parentId: rootId, name: 'h', content: before })
  const sha256 = createHash('sha256').update('others').digest('hex')
  await assert.rejects(client.content.put(id, blobOf(5), { sha256 }), (error) =>
    isCloudSyncError(error, 'hash_mismatch'),
  )
  assert.deepEqual(Buffer.from(await client.content.bytes(id)), before)
})

test('a server that says nothing is given up after a while, and a caller may not wait at all', async () => {
  await using link = await TestLink.to(url)
  link.silence()
  const options = { url: link.url, credentials, maxAttempts: 1 }
  await assert.rejects(createClient({ ...options, timeoutMs: 50 }).me(), (error) => {
    assert.ok(error instanceof NetworkError)
    return error.code === 'timeout' && error.retryable
  })
  const signal = AbortSignal.timeout(50)
  await assert.rejects(createClient(options).me({ signal }), { name: 'TimeoutError' })
})
