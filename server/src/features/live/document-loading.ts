import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import * as Y from 'yjs'
import { unpackCheckpoint } from './checkpoint.ts'
import type { LogRow } from './history-segment.ts'
import type { SplitJob } from './split-worker.ts'

/** How long rows are applied in one turn: what some took when they came, they take again. */
const maxTurnMs = 10

/** What is loaded in one turn, in bytes of V1: some 70 ms. To start a worker takes longer. */
const maxBytesAtOnce = 1024 * 1024

/** Structs, or deleted ranges, of one turn. */
const maxPartsPerTurn = 2_000

/** The transaction origin of what comes from the log and must not be logged again. */
export const loadOrigin = { source: 'log' } as const

/** A document of its own from what is stored: a checkpoint, and the rows after it. */
export async function buildDocument(
  checkpoint: Uint8Array | undefined,
  rows: readonly LogRow[],
): Promise<Y.Doc> {
  const doc = new Y.Doc()
  await fillDocument(doc, checkpoint && (await unpackCheckpoint(checkpoint)), rows)
  return doc
}

/**
 * Puts a state, and the rows after it, into an empty document, turn by turn. A large one would hold up
 * everybody even so, and is prepared by a worker.
 */
export async function fillDocument(
  doc: Y.Doc,
  state: Uint8Array | undefined,
  rows: readonly LogRow[],
): Promise<void> {
  const bytes = rows.reduce((sum, row) => sum + row.payload.length, state?.length ?? 0)
  if (bytes > maxBytesAtOnce) return loadInTurns(doc, state, rows)
  if (state) Y.applyUpdate(doc, state, loadOrigin)
  for (let next = applyRows(doc, rows, 0); next < rows.length; next = applyRows(doc, rows, next))
    await setImmediate()
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
  doc: Y.Doc,
  state: Uint8Array | undefined,
  rows: readonly LogRow[],
): Promise<void> {
  const workerData: SplitJob = {
    updates: [...(state ? [state] : []), ...rows.map((row) => row.payload)],
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
  } finally {
    await worker.terminate()
  }
}
