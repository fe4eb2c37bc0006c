import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { zstdDecompress } from 'node:zlib'
import * as Y from 'yjs'
import type { LogRow } from './history-segment.ts'
import type { SplitJob } from './split-worker.ts'

const decompress = promisify(zstdDecompress)

/** No checkpoint of ours is larger; what claims to be is damaged. */
const maxStateBytes = 256 * 1024 * 1024

/** How long rows are applied in one turn: what some took when they came, they take again. */
const maxTurnMs = 10

/** What is loaded in one turn, in bytes of V1: some 70 ms. To start a worker takes longer. */
const maxBytesAtOnce = 1024 * 1024

/** Bytes of V1 in one byte of a checkpoint, roughly. */
const compressionRatio = 4

/** Structs, or deleted ranges, of one turn. */
const maxPartsPerTurn = 2_000

/** The transaction origin of what comes from the log and must not be logged again. */
export const loadOrigin = { source: 'log' } as const

/**
 * Builds a document in memory from a checkpoint and the rows after it, turn by turn. A large one would hold
 * up everybody even so, and is prepared by a worker.
 */
export async function buildDocument(
  checkpoint: Uint8Array | undefined,
  rows: readonly LogRow[],
  doc: Y.Doc = new Y.Doc(),
): Promise<Y.Doc> {
  const stateBytes = (checkpoint?.length ?? 0) * compressionRatio
  const bytes = rows.reduce((sum, row) => sum + row.payload.length, stateBytes)
  if (bytes > maxBytesAtOnce) return loadInTurns(checkpoint, rows, doc)
  const state = checkpoint && (await inflate(checkpoint))
  if (state) Y.applyUpdateV2(doc, state, loadOrigin)
  for (let next = applyRows(doc, rows, 0); next < rows.length; next = applyRows(doc, rows, next))
    await setImmediate()
  return doc
}

/** Applies rows from an index on, in one transaction, for one turn. Gives the index of the next one. */
function applyRows(doc: Y.Doc, rows: readonly LogRow[], from: number): number {
  const started = performance.now()
  let next = from
  doc.transact(() => {
    for (; next < rows.length; next += 1) {
      if (next > from && performance.now() - started > maxTurnMs) return
      const row = rows[next]
      if (row) Y.applyUpdate(doc, row.payload, loadOrigin)
    }
  }, loadOrigin)
  return next
}

async function loadInTurns(
  checkpoint: Uint8Array | undefined,
  rows: readonly LogRow[],
  doc: Y.Doc,
): Promise<Y.Doc> {
  const workerData: SplitJob = {
    checkpoint,
    updates: rows.map((row) => row.payload),
    maxOutputLength: maxStateBytes,
    maxParts: maxPartsPerTurn,
  }
  const worker = new Worker(new URL('./split-worker.ts', import.meta.url), { workerData })
  try {
    // An error of the worker rejects.
    const [pieces] = (await once(worker, 'message')) as [Uint8Array[]]
    for (const piece of pieces) {
      Y.applyUpdate(doc, piece, loadOrigin)
      await setImmediate()
    }
    return doc
  } finally {
    await worker.terminate()
  }
}

/** Undoes the compression of what is stored. Throws when it is damaged. */
export async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  return decompress(bytes, { maxOutputLength: maxStateBytes })
}
