import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient, type CloudSyncClient } from '@cloudsync/client'
import { TestLink, testAdmin } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { startStoringServer } from '../../server/testing/storing-server.ts'
import { RemoteError } from '../src/sync/model/failures.ts'
import type { RemoteOutcome } from '../src/sync/ports.ts'
import { fileOf, pieces, sha256Of, TestRemote } from '../testing/test-remote.ts'

const server = sharedByTests(await startStoringServer())
const ada = createClient({ url: server.url, credentials: testAdmin })
const [space] = await ada.spaces.list().all()
assert.ok(space)
const { id: spaceId, rootId } = space
const bo = createClient({
  url: server.url,
  credentials: { accessToken: (await server.addEditor('Bo')).accessToken },
})

const megabyte = 1024 * 1024
let folders = 0

async function linked(client: CloudSyncClient = ada): Promise<TestRemote> {
  const name = `folder ${++folders}`
  const { id } = await ada.nodes.create({ parentId: rootId, name, kind: 'folder' })
  const copy = new TestRemote(client, { spaceId, folderId: id, isWholeSpace: false })
  await copy.takeSnapshot()
  return copy
}

/** A client whose bytes are counted, both ways and without headers. */
function metered() {
  const sent = { upBytes: 0, downBytes: 0, requests: 0 }
  const client = createClient({
    url: server.url,
    credentials: testAdmin,
    fetch: async (url, init) => {
      sent.requests += 1
      const { body } = init
      const counted =
        body instanceof ReadableStream
          ? body.pipeThrough(counter((bytes) => (sent.upBytes += bytes)))
          : body
      if (body instanceof Uint8Array) sent.upBytes += body.byteLength
      if (typeof body === 'string') sent.upBytes += body.length
      const answer = await fetch(url, { ...init, body: counted ?? null })
      const down = answer.body?.pipeThrough(counter((bytes) => (sent.downBytes += bytes)))
      return new Response(
        answer.status === 204 || answer.status === 304 ? null : (down ?? null),
        answer,
      )
    },
  })
  return { client, sent }
}

function counter(count: (bytes: number) => void) {
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      count(piece.byteLength)
      controller.enqueue(piece)
    },
  })
}

function valueOf<T>(outcome: RemoteOutcome<T> | undefined): T {
  assert.ok(outcome?.kind === 'done', JSON.stringify(outcome))
  return outcome.value
}

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(content))
}

/** `bytes` with something put in the middle. */
function withInsert(bytes: Buffer, length: number): Buffer {
  const middle = bytes.length / 2
  return Buffer.concat([bytes.subarray(0, middle), randomBytes(length), bytes.subarray(middle)])
}

/** A thousand bytes, and what says where they belong, which depends on where chunks happen to end. */
const mostForInsert = 12 * 1024

suite('new files', () => {
  test('go many in a request, each answered by itself and made once', async () => {
    const copy = await linked()
    const files = Array.from({ length: 600 }, (_, index) =>
      copy.newFile(
        `${index}.${index % 2 ? 'txt' : 'bin'}`,
        Buffer.from(index % 2 ? `${index}` : [0, index % 256]),
      ),
    )
    const taken = copy.newFile('0.bin', Buffer.from('other'))
    const spoilt = {
      ...copy.newFile('spoilt.bin', Buffer.from('these')),
      content: pieces(Buffer.from('those')),
    }
    const all = [...files, taken, spoilt]
    const outcomes = await copy.remote.upload(all)
    for (const [index, outcome] of outcomes.entries()) {
      const file = all[index]
      if (file === taken) assert.equal(outcome.kind === 'refused' && outcome.code, 'name_taken')
      else if (file === spoilt) assert.equal(outcome.kind, 'stale')
      else {
        const { entry } = valueOf(outcome)
        assert.equal(entry.id, file?.id)
        if (entry.isText) assert.match(entry.content ?? '', /^\d+\.\d+/)
        else assert.equal(entry.content, file?.sha256)
      }
    }
    await copy.catchUp()
    assert.equal(copy.entries.size, 600)
    for (const outcome of outcomes.slice(0, 600)) {
      const { entry } = valueOf(outcome)
      assert.deepEqual(copy.entries.get(entry.id), entry)
    }
    const again = await copy.remote.upload(files)
    assert.deepEqual(
      again.map((outcome) => valueOf(outcome).entry.id),
      files.map(({ id }) => id),
    )
  })

  test('that are texts say how the server calls what was sent, as long as nobody has typed since', async () => {
    const copy = await linked()
    const large = 'many words\n'.repeat(110_000)
    const texts = ['mine\n', '', '\ufeff', '\ufeffmine\r\n', large].map((text, index) =>
      copy.newFile(`${index}.txt`, Buffer.from(text)),
    )
    for (const { entry, made } of (await copy.remote.upload(texts)).map(valueOf))
      assert.equal(entry.isText && made, entry.content)
    for (const { id } of texts) await bo.content.put(id, 'theirs\n')
    for (const outcome of await copy.remote.upload(texts))
      assert.equal(valueOf(outcome).made, undefined)
  })

  test('of which the bytes are there already are made without sending them', async () => {
    const bytes = randomBytes(5 * megabyte)
    const copy = await linked()
    valueOf((await copy.remote.upload([copy.newFile('one.bin', bytes)]))[0])
    const { client, sent } = metered()
    const other = await linked(client)
    const { entry } = valueOf((await other.remote.upload([other.newFile('two.bin', bytes)]))[0])
    assert.equal(entry.content, sha256Of(bytes))
    assert.equal(sent.upBytes < 10_000, true, `${sent.upBytes} bytes`)
  })

  test('that break off go on where they were, also in another process', async () => {
    const bytes = randomBytes(40 * megabyte)
    await using link = await TestLink.to(server.url)
    const far = createClient({ url: link.url, credentials: testAdmin, maxAttempts: 1 })
    const copy = await linked(far)
    let readBytes = 0
    const file = copy.newFile('large.bin', bytes)
    const cut = {
      async *[Symbol.asyncIterator]() {
        for await (const piece of pieces(bytes)) {
          readBytes += piece.byteLength
          if (readBytes > 36 * megabyte) await link.cut()
          yield piece
        }
      },
    }
    await assert.rejects(copy.remote.upload([{ ...file, content: cut }]), RemoteError)
    assert.equal(copy.urls.size, 1)
    await link.mend()
    const { client, sent } = metered()
    const later = new TestRemote(client, { spaceId, folderId: copy.folderId, isWholeSpace: false })
    for (const [key, url] of copy.urls) later.urls.set(key, url)
    const { entry } = valueOf((await later.remote.upload([file]))[0])
    assert.equal(entry.content, file.sha256)
    assert.ok(sent.upBytes < 10 * megabyte, `${sent.upBytes} bytes`)
    assert.equal(later.urls.size, 0)
  })

  test('that change while they are sent are not made', async () => {
    const copy = await linked()
    const bytes = randomBytes(3 * megabyte)
    const shorter = {
      ...copy.newFile('a.bin', bytes),
      content: pieces(bytes.subarray(0, megabyte)),
    }
    const other = { ...copy.newFile('b.bin', bytes), content: pieces(randomBytes(3 * megabyte)) }
    for (const outcome of await copy.remote.upload([shorter, other]))
      assert.equal(outcome.kind, 'stale')
    await copy.catchUp()
    assert.deepEqual(copy.paths(), [])
  })
})

suite('changed files', () => {
  test('send what is new of them, and fetch what is new of them', async (t) => {
    const { client, sent } = metered()
    const copy = await linked(client)
    const before = randomBytes(64 * megabyte)
    const after = withInsert(before, 1000)
    const file = copy.newFile('large.bin', before)
    valueOf((await copy.remote.upload([file]))[0])
    const [up, began] = [sent.upBytes, performance.now()]
    const { entry } = valueOf(await copy.remote.replace(fileOf(file.id, after), file.sha256))
    const sentBytes = sent.upBytes - up
    t.diagnostic(`${sentBytes} bytes up, ${Math.round(performance.now() - began)} ms`)
    assert.equal(entry.content, sha256Of(after))
    assert.ok(sentBytes < mostForInsert, `${sentBytes} bytes`)

    const meter = metered()
    const peer = new TestRemote(meter.client, {
      spaceId,
      folderId: copy.folderId,
      isWholeSpace: false,
    })
    await peer.takeSnapshot()
    peer.files.set('large.bin', before)
    const down = meter.sent.downBytes
    const { content, sha256 } = valueOf(
      await peer.remote.download(file.id, sha256Of(after), {
        path: ['large.bin'],
        sha256: file.sha256,
      }),
    )
    assert.equal(sha256, sha256Of(after))
    assert.ok((await bytesOf(content)).equals(after))
    const fetchedBytes = meter.sent.downBytes - down
    t.diagnostic(`${fetchedBytes} bytes down`)
    assert.ok(fetchedBytes < mostForInsert, `${fetchedBytes} bytes`)
  })

  test('that others have changed too are decided on by the server, and those of an unknown base are stale', async () => {
    const copy = await linked()
    const file = copy.newFile('a.bin', randomBytes(200_000))
    valueOf((await copy.remote.upload([file]))[0])
    const theirs = randomBytes(200_000)
    await bo.content.put(file.id, theirs, { ifMatch: file.sha256 })
    const ours = randomBytes(200_000)
    const { entry } = valueOf(await copy.remote.replace(fileOf(file.id, ours), file.sha256))
    assert.equal(entry.content, sha256Of(ours))
    const unknown = sha256Of(randomBytes(8))
    const stale = await copy.remote.replace(fileOf(file.id, theirs), unknown)
    assert.equal(stale.kind, 'stale')
    assert.equal(
      (await ada.conflicts.list({ nodeId: file.id, state: 'all' }).all()).length > 0,
      true,
    )
  })

  test('of which the server does not know the base any more are sent whole', async () => {
    const copy = await linked()
    const file = copy.newFile('a.bin', randomBytes(300_000))
    valueOf((await copy.remote.upload([file]))[0])
    // Of a file that the server never had as a version of this one.
    const list = copy.lists.get(file.sha256)
    assert.ok(list)
    const elsewhere = copy.newFile('b.bin', randomBytes(300_000))
    valueOf((await copy.remote.upload([elsewhere]))[0])
    copy.lists.set(elsewhere.sha256, list)
    const changed = withInsert(randomBytes(300_000), 100)
    const { entry } = valueOf(
      await copy.remote.replace(fileOf(elsewhere.id, changed), elsewhere.sha256),
    )
    assert.equal(entry.content, sha256Of(changed))
  })

  test('are changed once, also where the answer was lost', async () => {
    const copy = await linked()
    for (const sizeBytes of [1000, 300_000, 2 * megabyte]) {
      const file = copy.newFile(`${sizeBytes}.bin`, randomBytes(sizeBytes))
      valueOf((await copy.remote.upload([file]))[0])
      const changed = fileOf(file.id, randomBytes(sizeBytes + 10))
      const first = valueOf(await copy.remote.replace(changed, file.sha256))
      assert.deepEqual(valueOf(await copy.remote.replace(changed, file.sha256)), first)
      assert.deepEqual(await ada.conflicts.list({ nodeId: file.id, state: 'all' }).all(), [])
    }
    const bytes = randomBytes(300_000)
    const file = copy.newFile('delta.bin', bytes)
    valueOf((await copy.remote.upload([file]))[0])
    const changed = fileOf(file.id, withInsert(bytes, 10))
    const first = valueOf(await copy.remote.replace(changed, file.sha256))
    assert.deepEqual(valueOf(await copy.remote.replace(changed, file.sha256)), first)
    assert.deepEqual(await ada.conflicts.list({ nodeId: file.id, state: 'all' }).all(), [])
  })

  test('that are texts are merged once, also where the answer was lost', async () => {
    const copy = await linked()
    const content = 'first\nsecond\nthird\n'
    const { id } = await ada.nodes.createFile({ parentId: copy.folderId, name: 'a.txt', content })
    await copy.catchUp()
    const base = copy.entries.get(id)?.content
    assert.ok(base)
    await bo.content.put(id, content.replace('first', 'their first'), { ifMatch: base })
    const ours = fileOf(id, Buffer.from(content.replace('third', 'our third')))
    const first = valueOf(await copy.remote.replace(ours, base))
    const again = valueOf(await copy.remote.replace(ours, base))
    assert.equal(await ada.content.text(id), 'their first\nsecond\nour third\n')
    assert.equal(again.entry.content, first.entry.content)
    const broken = await copy.remote.replace({ ...ours, sha256: sha256Of(Buffer.from('x')) }, base)
    assert.equal(broken.kind, 'stale')
  })

  test('by what is not what it was said to be are sent whole', async () => {
    const copy = await linked()
    const file = copy.newFile('a.bin', randomBytes(300_000))
    const other = copy.newFile('b.bin', randomBytes(300_000))
    for (const outcome of await copy.remote.upload([file, other])) valueOf(outcome)
    const lie = copy.lists.get(other.sha256)
    assert.ok(lie)
    copy.lists.set(file.sha256, lie)
    const bytes = Buffer.concat([await bytesOf(other.content), randomBytes(100)])
    const { entry } = valueOf(await copy.remote.replace(fileOf(file.id, bytes), file.sha256))
    assert.equal(entry.content, sha256Of(bytes))
  })
})

suite('downloads', () => {
  test('go on over a line that breaks, and end only when they are right', async () => {
    const bytes = randomBytes(20 * megabyte)
    const copy = await linked()
    const file = copy.newFile('a.bin', bytes)
    valueOf((await copy.remote.upload([file]))[0])
    await using link = await TestLink.to(server.url)
    const far = createClient({ url: link.url, credentials: testAdmin })
    const peer = new TestRemote(far, { spaceId, folderId: copy.folderId, isWholeSpace: false })
    const { content } = valueOf(await peer.remote.download(file.id, file.sha256))
    const received: Uint8Array[] = []
    let [receivedBytes, cuts] = [0, 0]
    for await (const piece of content) {
      received.push(piece)
      receivedBytes += piece.byteLength
      if (receivedBytes < (cuts + 1) * 5 * megabyte) continue
      cuts += 1
      await link.cut()
      await link.mend()
    }
    assert.ok(cuts >= 3)
    assert.ok(Buffer.concat(received).equals(bytes))
  })

  test('by a local file that is not what it was fail, and come whole the next time', async () => {
    const copy = await linked()
    const before = randomBytes(300_000)
    const after = withInsert(before, 50)
    const file = copy.newFile('a.bin', before)
    valueOf((await copy.remote.upload([file]))[0])
    valueOf(await copy.remote.replace(fileOf(file.id, after), file.sha256))
    copy.files.set('a.bin', randomBytes(300_000))
    const base = { path: ['a.bin'], sha256: file.sha256 }
    const { content } = valueOf(await copy.remote.download(file.id, sha256Of(after), base))
    await assert.rejects(bytesOf(content), (error) => {
      return error instanceof RemoteError && error.code === 'base_changed'
    })
    const again = valueOf(await copy.remote.download(file.id, sha256Of(after), base))
    assert.ok((await bytesOf(again.content)).equals(after))
  })

  test('are spared where the local file is the one that is wanted', async () => {
    const { client, sent } = metered()
    const copy = await linked(client)
    const bytes = randomBytes(300_000)
    const file = copy.newFile('a.bin', bytes)
    valueOf((await copy.remote.upload([file]))[0])
    copy.files.set('other.bin', bytes)
    const before = sent.downBytes
    const base = { path: ['other.bin'], sha256: file.sha256 }
    const { content } = valueOf(await copy.remote.download(file.id, file.sha256, base))
    assert.ok((await bytesOf(content)).equals(bytes))
    assert.equal(sent.downBytes, before)
  })

  test('of what is no longer so are stale, and of texts say what they are', async () => {
    const copy = await linked()
    const { id } = await ada.nodes.createFile({
      parentId: copy.folderId,
      name: 'a.txt',
      content: 'a\r\n',
    })
    await copy.catchUp()
    const tag = copy.entries.get(id)?.content
    assert.ok(tag)
    const { content, sha256 } = valueOf(await copy.remote.download(id, tag))
    const bytes = await bytesOf(content)
    assert.equal(String(bytes), 'a\r\n')
    assert.equal(sha256, sha256Of(bytes))
    await ada.content.put(id, 'b', { ifMatch: tag })
    assert.equal((await copy.remote.download(id, tag)).kind, 'stale')
  })
})

/** A client that counts its batches of new files on their way, and how long its line takes to answer. */
function batching(latencyMs: number) {
  const batches = { underWay: 0, most: 0 }
  const client = createClient({
    url: server.url,
    credentials: testAdmin,
    fetch: async (url, init) => {
      const { pathname } = new URL(url)
      if (pathname.endsWith('/changes')) await delay(latencyMs)
      const isBatch = pathname.endsWith('/nodes/files')
      if (isBatch) batches.most = Math.max(batches.most, ++batches.underWay)
      try {
        return await fetch(url, init)
      } finally {
        if (isBatch) batches.underWay--
      }
    },
  })
  return { client, batches }
}

for (const { line, latencyMs, most } of [
  { line: 'without latency one by one', latencyMs: 0, most: 1 },
  { line: 'with latency at once', latencyMs: 60, most: 4 },
])
  test(`small files go up in batches, on a line ${line}`, async () => {
    const { client, batches } = batching(latencyMs)
    const copy = await linked(client)
    // What else goes on on this machine must not look like latency.
    for (let tookMs = Infinity; tookMs > latencyMs + 25;) {
      const startedAtMs = performance.now()
      await copy.remote.changes(copy.cursor, 0)
      tookMs = performance.now() - startedAtMs
    }
    const uploads = Array.from({ length: 8 }, (_, batch) =>
      copy.remote.upload([copy.newFile(`${batch}.bin`, Buffer.from([0, batch]))]),
    )
    for (const [outcome] of await Promise.all(uploads)) assert.equal(outcome?.kind, 'done')
    assert.equal(batches.most, most)
  })
