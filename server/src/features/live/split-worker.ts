import { parentPort, workerData } from 'node:worker_threads'
// Not all of the package, nor Yjs before it is needed: somebody waits until this worker has started.
import { splitState } from '@cloudsync/crdt/split-state'

/** What makes up a document: V1 updates, in order. */
export interface SplitJob {
  readonly updates: readonly Uint8Array[]
  readonly maxParts: number
}

const { updates, maxParts } = workerData as SplitJob
const [only] = updates
const state = only && updates.length === 1 ? only : await merge(updates)
const pieces = splitState(state, maxParts)
parentPort?.postMessage(
  pieces,
  pieces.map((piece) => piece.buffer as ArrayBuffer),
)

async function merge(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const Y = await import('yjs')
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const part of parts) Y.applyUpdate(doc, part)
  })
  return Y.encodeStateAsUpdate(doc)
}
