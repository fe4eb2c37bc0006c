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

/** A row that is larger does not fit a turn. */
export const maxBytesPerTurn = 128 * 1024

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
  const updates = [...(state ? [state] : []), ...rows.map((row) => row.payload)]
  if (sizeOf(updates) > maxBytesAtOnce) await loadInTurns(doc, updates)
  else await applyInTurns(doc, updates)
}

async function applyInTurns(doc: Y.Doc, updates: readonly Uint8Array[]): Promise<void> {
  for (let next = applyFrom(doc, updates, 0); next < updates.length;) {
    await setImmediate()
    next = applyFrom(doc, updates, next)
  }
}

/** Applies updates from an index on, in one transaction, for one turn. Gives the index of the next one. */
function applyFrom(doc: Y.Doc, updates: readonly Uint8Array[], from: number): number {
  const started = performance.now()
  let next = from
  doc.transact(() => {
    for (; next < updates.length; next += 1) {
      if (next > from && performance.now() - started > maxTurnMs) return
      const update = updates[next]
      if (update) Y.applyUpdate(doc, update, loadOrigin)
    }
  }, loadOrigin)
  return next
}

async function loadInTurns(doc: Y.Doc, updates: readonly Uint8Array[]): Promise<void> {
  const { toSplit, later } = divide(updates)
  for (const piece of await split(toSplit)) {
    Y.applyUpdate(doc, piece, loadOrigin)
    await setImmediate()
  }
  await applyInTurns(doc, later)
}

/** What a worker must split, and what can be applied as it is: small updates after a large state. */
function divide(updates: readonly Uint8Array[]) {
  const later = updates.slice(1)
  const isSmall = later.every(({ length }) => length <= maxBytesPerTurn)
  if (isSmall && sizeOf(later) <= maxBytesAtOnce) return { toSplit: updates.slice(0, 1), later }
  return { toSplit: updates, later: [] }
}

async function split(updates: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const workerData: SplitJob = { updates, maxParts: maxPartsPerTurn }
  const worker = new Worker(new URL('./split-worker.ts', import.meta.url), { workerData })
  try {
    // An error of the worker rejects.
    const [pieces] = (await once(worker, 'message')) as [Uint8Array[]]
    return pieces
  } finally {
    await worker.terminate()
  }
}

function sizeOf(updates: readonly Uint8Array[]): number {
  return updates.reduce((sum, { length }) => sum + length, 0)
}
