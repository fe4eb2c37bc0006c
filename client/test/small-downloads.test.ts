import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { createClient } from '@cloudsync/client'
import { testAdmin } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { startStoringServer } from '../../server/testing/storing-server.ts'
import type { RemoteOutcome } from '../src/sync/ports.ts'
import { sha256Of, TestRemote } from '../testing/test-remote.ts'

const server = sharedByTests(await startStoringServer())
const ada = createClient({ url: server.url, credentials: testAdmin })
const [space] = await ada.spaces.list().all()
assert.ok(space)
const { id: spaceId, rootId } = space

const megabyte = 1024 * 1024
let folders = 0

/** A linked folder that is empty, and how many requests were sent for it. */
async function openCopy() {
  const sent = { requests: 0 }
  const client = createClient({
    url: server.url,
    credentials: testAdmin,
    fetch: (url, init) => {
      sent.requests += 1
      return fetch(url, init)
    },
  })
  const name = `folder ${++folders}`
  const { id } = await ada.nodes.create({ parentId: rootId, name, kind: 'folder' })
  const copy = new TestRemote(client, { spaceId, folderId: id, isWholeSpace: false })
  await copy.takeSnapshot()
  return { copy, sent }
}

function valueOf<T>(outcome: RemoteOutcome<T> | undefined): T {
  assert.ok(outcome?.kind === 'done', JSON.stringify(outcome))
  return outcome.value
}

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(content))
}

suite('downloads of small files', () => {
  test('that are asked for at once come by one request, each by itself', async () => {
    const { copy, sent } = await openCopy()
    const files = Array.from({ length: 200 }, (_, index) => ({
      parentId: copy.folderId,
      name: `${index}`,
      content: index % 2 === 0 ? randomBytes(500) : `text ${index}`,
    }))
    await ada.nodes.createFiles(files)
    await copy.catchUp()
    const entries = [...copy.entries.values()]
    const [gone, changed] = entries
    assert.ok(gone && changed)
    await ada.nodes.trash(gone.id)
    await ada.content.put(changed.id, 'something else', { ifMatch: changed.content ?? '' })
    const before = sent.requests
    const outcomes = await Promise.all(
      entries.map((entry) => copy.remote.download(entry.id, entry.content ?? '')),
    )
    assert.equal(sent.requests, before + 1)
    for (const [index, entry] of entries.entries()) {
      const outcome = outcomes[index]
      if (entry === gone || entry === changed) {
        assert.deepEqual(outcome, { kind: 'stale' })
        continue
      }
      const { content, sha256 } = valueOf(outcome)
      const bytes = await bytesOf(content)
      const made = files.find(({ name }) => name === entry.name)?.content ?? ''
      assert.ok(bytes.equals(typeof made === 'string' ? Buffer.from(made) : made))
      assert.equal(sha256, sha256Of(bytes))
    }
  })

  test('are asked for again where they do not go into an answer', async () => {
    const { copy, sent } = await openCopy()
    const made = Array.from({ length: 3 }, (_, index) =>
      copy.newFile(`${index}`, Buffer.concat([Buffer.of(0), randomBytes(1000)])),
    )
    for (const outcome of await copy.remote.upload(made)) valueOf(outcome)
    await copy.catchUp()
    // As long as the feed has not told that they have grown, they are taken for small.
    const large = Array.from({ length: 3 }, () =>
      Buffer.concat([Buffer.of(0), randomBytes(megabyte - 1)]),
    )
    const ids = made.map(({ id }) => id)
    for (const [index, id] of ids.entries()) await ada.content.put(id, large[index] ?? '')
    const before = sent.requests
    const many = Array.from({ length: 4 }, () => ids).flat()
    const outcomes = await Promise.all(
      many.map((id) => copy.remote.download(id, sha256Of(large[ids.indexOf(id)] ?? Buffer.of()))),
    )
    for (const [index, outcome] of outcomes.entries()) {
      const bytes = await bytesOf(valueOf(outcome).content)
      assert.ok(bytes.equals(large[index % ids.length] ?? Buffer.of()))
    }
    assert.equal(sent.requests, before + 2)
  })
})
