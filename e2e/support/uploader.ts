import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestCaller } from '@cloudsync/server/testing'
import type { UploadBook } from './upload-book.ts'

const minBlobBytes = 256 * 1024
const maxBlobBytes = 8 * 1024 * 1024
const maxTextLines = 5_000

export interface UploaderOptions {
  readonly caller: TestCaller
  readonly folderId: string
  readonly book: UploadBook
  readonly random: () => number
}

/** Uploads files one after the other, and replaces some, until the server is gone. */
export async function uploadUntilGone(options: UploaderOptions): Promise<void> {
  const { random } = options
  let blobId: string | undefined
  try {
    for (;;)
      if (blobId !== undefined && random() < 0.5) await replace(options, blobId)
      else if (random() < 0.2) await create(options, 'text')
      else blobId = await create(options, 'blob')
  } catch (error) {
    // A request that is cut off has no answer, and nobody knows its outcome.
    if (!(error instanceof TypeError)) throw error
  }
}

async function create(options: UploaderOptions, kind: 'text' | 'blob'): Promise<string> {
  const { caller, folderId, book, random } = options
  const id = randomUUID()
  const bytes = kind === 'text' ? randomText(random) : randomBlob(random)
  const form = new FormData()
  form.set('id', id)
  form.set('parentId', folderId)
  form.set('name', id)
  form.set('file', new Blob([bytes]), id)
  book.sending(id, kind, bytes)
  const answer = await caller.send('POST', '/nodes', { body: form })
  await acknowledge(book, id, answer, 201)
  return id
}

async function replace({ caller, book, random }: UploaderOptions, id: string): Promise<void> {
  const bytes = randomBlob(random)
  book.sending(id, 'blob', bytes)
  const answer = await caller.send('PUT', `/nodes/${id}/content`, { body: bytes })
  await acknowledge(book, id, answer, 200)
}

/** The status is the acknowledgement, also when the rest of the answer is cut off. */
async function acknowledge(
  book: UploadBook,
  id: string,
  answer: Response,
  status: number,
): Promise<void> {
  assert.equal(answer.status, status)
  book.acknowledge(id)
  await answer.arrayBuffer()
}

/** Of any size, and no text from its first byte on. */
function randomBlob(random: () => number): Uint8Array<ArrayBuffer> {
  const sizeBytes = minBlobBytes + Math.floor(random() * (maxBlobBytes - minBlobBytes))
  const words = new Uint32Array(Math.ceil(sizeBytes / 4))
  // A quarter is noise; the rest repeats it, as what is worth compressing does.
  const noise = Math.ceil(words.length / 4)
  for (let at = 0; at < noise; at += 1) words[at] = random() * 2 ** 32
  for (let at = noise; at < words.length; at += noise)
    words.set(words.subarray(0, Math.min(noise, words.length - at)), at)
  const bytes = new Uint8Array(words.buffer, 0, sizeBytes)
  bytes[0] = 0
  return bytes
}

function randomText(random: () => number): Uint8Array<ArrayBuffer> {
  const lines = 1 + Math.floor(random() * maxTextLines)
  const text = Array.from({ length: lines }, () => `${random()} words of a line\n`).join('')
  return new TextEncoder().encode(text)
}
