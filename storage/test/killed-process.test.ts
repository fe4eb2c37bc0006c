import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FsBlobStore } from '../src/adapters/fs/fs-blob-store.ts'
import { blobKey } from '../src/blob-key.ts'
import type { BlobKey } from '../src/blob-key.ts'
import { bytesOf } from '../testing/blob-bodies.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

const rounds = 20
const hourMs = 60 * 60 * 1000

test('[FS2] a store is whole after its process was killed in the middle of puts', async (context) => {
  const seed = randomInt(2 ** 31)
  context.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const directory = await temporaryDirectory()
  let leftovers = 0
  for (let round = 0; round < rounds; round++) {
    const acknowledged = await runAndKill(directory, round, 1 + Math.floor(random() * 80))
    const store = await FsBlobStore.open({ directory })
    for (const key of acknowledged)
      assert.ok(await isWhole(store, key), `seed ${seed}, round ${round}: ${key} was acknowledged`)
    leftovers += (await readdir(join(directory, 'tmp'))).length
  }
  const store = await FsBlobStore.open({ directory })
  const { items } = await store.list()
  for (const { key } of items) assert.ok(await isWhole(store, key), `seed ${seed}: ${key}`)
  context.diagnostic(`${items.length} objects, ${leftovers} leftovers seen`)
  assert.ok(leftovers > 0, `seed ${seed}: no kill hit a put`)

  await FsBlobStore.open({ directory, now: () => Date.now() + 8 * 24 * hourMs })
  assert.deepEqual(await readdir(join(directory, 'tmp')), [])
  assert.deepEqual(await readdir(join(directory, 'uploads')), [])
  assert.equal((await store.list()).items.length, items.length)
})

/** Runs the child until it has said `lines` lines, kills it, and returns what it acknowledged. */
async function runAndKill(directory: string, round: number, lines: number): Promise<Set<BlobKey>> {
  const script = fileURLToPath(import.meta.resolve('./put-objects-child.ts'))
  const child = spawn(process.execPath, [script, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged = new Set<BlobKey>()
  let heard = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const key = /^stored (.*)$/.exec(line)?.[1]
    if (key !== undefined) acknowledged.add(blobKey(key))
    if (++heard === lines) child.kill('SIGKILL')
  }
  const [, signal] = await exited
  assert.equal(signal, 'SIGKILL')
  return acknowledged
}

async function isWhole(store: FsBlobStore, key: BlobKey): Promise<boolean> {
  const bytes = await bytesOf(store, key)
  const rest = bytes.subarray(32)
  return createHash('sha256').update(rest).digest().equals(bytes.subarray(0, 32))
}
