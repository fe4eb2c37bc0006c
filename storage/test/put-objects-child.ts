import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { FsBlobStore } from '../src/adapters/fs/fs-blob-store.ts'
import { blobKey } from '../src/blob-key.ts'
import type { BlobSource } from '../src/blob-store.ts'

/**
 * Puts objects for ever into the directory given, and says so line by line: `writing` in the middle
 * of one, `stored <key>` when it is acknowledged. To be killed. An object begins with the SHA-256 of
 * the rest, so that a reader sees whether it is whole.
 */
const [directory, round] = process.argv.slice(2)
if (directory === undefined || round === undefined) throw new Error('directory and round expected')
const store = await FsBlobStore.open({ directory })

function say(line: string): void {
  writeSync(1, `${line}\n`)
}

function selfChecking(label: string): Buffer {
  const rest = Buffer.alloc(150_000, createHash('sha256').update(label).digest('hex'))
  return Buffer.concat([createHash('sha256').update(rest).digest(), rest])
}

function slowly(bytes: Buffer): BlobSource {
  return {
    sizeBytes: bytes.byteLength,
    repeatable: true,
    async *open() {
      for (let offset = 0; offset < bytes.byteLength; offset += 50_000) {
        yield bytes.subarray(offset, offset + 50_000)
        say('writing')
      }
    },
  }
}

async function putForEver(lane: string, keyOf: (label: string) => string): Promise<never> {
  for (let index = 0; ; index++) {
    const label = `${round}-${lane}-${index}`
    const key = blobKey(keyOf(label))
    await store.put(key, slowly(selfChecking(label)), { ifAbsent: lane === 'once' })
    say(`stored ${key}`)
  }
}

async function uploadForEver(): Promise<never> {
  for (let index = 0; ; index++) {
    const key = blobKey(`uploaded/${round}-${index}`)
    const bytes = selfChecking(key)
    const upload = await store.multipart.create(key)
    const halves = [bytes.subarray(0, 70_000), bytes.subarray(70_000)]
    const parts = await Promise.all(
      halves.map((half, part) => store.multipart.putPart(upload, part + 1, slowly(half))),
    )
    await store.multipart.complete(upload, parts)
    say(`stored ${key}`)
  }
}

await Promise.all([
  putForEver('fresh', (label) => `fresh/${createHash('sha256').update(label).digest('hex')}`),
  putForEver('same', () => 'the/same/key'),
  putForEver('once', (label) => `once/${label}`),
  uploadForEver(),
])
