import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { pathToFileURL } from 'node:url'
import { mountSmallDisk } from '@cloudsync/storage/testing/small-disk'
import { create, encode, list, patch, post } from '../testing/tus-requests.ts'
import { openStockClient, startTestServer, type TestCaller } from '../testing/index.ts'

const run = promisify(execFile)
const megabyte = 1024 ** 2
/**
 * Uploads stop where less than a gigabyte is free: this is 40 MiB more, for what is stored, what goes on, and
 * what the upload that was cut may have left.
 */
const diskMegabytes = 1_064

const blob = (bytes: number) =>
  Uint8Array.from(Buffer.concat([Buffer.from([0]), randomBytes(bytes - 1)]))

async function codeOf(answer: Response): Promise<[number, string | undefined]> {
  return [answer.status, ((await answer.json()) as { code?: string }).code]
}

/** Takes all that is free, as another program on that disk would. */
async function occupy(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'of somebody else')
  const { bavail, bsize } = await statfs(directory)
  await run('fallocate', ['-l', String(bavail * bsize), path])
  return () => rm(path)
}

/** A file in a form whose second half is sent when `between` has been done. */
function uploadInHalves(caller: TestCaller, id: string, between: () => Promise<void>) {
  async function* halves() {
    yield blob(4 * megabyte)
    await between()
    yield randomBytes(4 * megabyte)
  }
  const init = { body: ReadableStream.from(halves()), duplex: 'half' }
  return caller.send('PUT', `/nodes/${id}/content`, init as RequestInit)
}

test('a disk that is filled while people upload refuses them, keeps what is there, and lets everybody type', async (context) => {
  const disk = await mountSmallDisk(diskMegabytes)
  if ('skip' in disk) return context.skip(disk.skip)
  const { directory } = disk
  await using server = await startTestServer({}, { STORAGE_URL: pathToFileURL(directory).href })
  const ada = server.admin
  const parentId = await ada.rootId()
  const stored = blob(4 * megabyte)
  const made = await ada.upload({ parentId, name: 'there.bin' }, stored)
  assert.equal(made.status, 201)
  const { id } = (await made.json()) as { id: string }
  const isHeld = async () =>
    Buffer.from(await (await ada.send('GET', `/nodes/${id}/content`)).arrayBuffer()).equals(stored)

  const tooLarge = await ada.upload({ parentId, name: 'large.bin' }, blob(48 * megabyte))
  assert.deepEqual(await codeOf(tooLarge), [507, 'storage_full'])
  const upload = await create(ada, 8 * megabyte, parentId)
  // The disk fills bit by bit: the answer may come before it is full.
  const occupied = Promise.withResolvers<() => Promise<void>>()
  const cut = await uploadInHalves(ada, id, async () => {
    occupied.resolve(await occupy(directory))
  })
  const free = await occupied.promise
  assert.deepEqual(await codeOf(cut), [507, 'storage_full'])
  assert.ok(await isHeld(), 'the file holds what it held')

  const [small, part] = [blob(1_000), Buffer.from(blob(8 * megabyte))]
  const refusals = [
    await ada.upload({ parentId, name: 'small.bin' }, small),
    await ada.send('PUT', `/nodes/${id}/content`, { body: small }),
    await patch(ada, upload, [0, part]),
    await post(ada, {
      'upload-length': '1000',
      'upload-metadata': encode({ parentId, filename: 'a.bin' }),
    }),
  ]
  for (const answer of refusals) assert.deepEqual(await codeOf(answer), [507, 'storage_full'])
  const nodeId = await ada.createText('notes.md')
  using typist = openStockClient(ada, nodeId)
  await typist.saved()
  typist.text.insert(0, 'typed on a full disk')
  await typist.saved()
  assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'typed on a full disk')
  const names = (await list(ada, parentId)).map(({ name }) => name).toSorted()
  assert.deepEqual(names, ['notes.md', 'there.bin'])

  await free()
  assert.ok(await isHeld())
  const goneOn = await patch(ada, upload, [0, part])
  assert.equal(goneOn.status, 204, await goneOn.text())
  const again = await ada.upload({ parentId, name: 'small.bin' }, small)
  assert.equal(again.status, 201)
})
