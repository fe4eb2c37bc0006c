import { parentPort, workerData } from 'node:worker_threads'
import { splitState } from '@cloudsync/crdt'
import * as Y from 'yjs'

/** What makes up a document: V1 updates, in order. */
export interface SplitJob {
  readonly updates: readonly Uint8Array[]
  readonly maxParts: number
}

const { updates, maxParts } = workerData as SplitJob
const doc = new Y.Doc()
doc.transact(() => {
  for (const update of updates) Y.applyUpdate(doc, update)
})
const pieces = splitState(Y.encodeStateAsUpdate(doc), maxParts)
parentPort?.postMessage(
  pieces,
  pieces.map((piece) => piece.buffer as ArrayBuffer),
)
