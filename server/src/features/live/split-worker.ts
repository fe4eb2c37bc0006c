import { parentPort, workerData } from 'node:worker_threads'
import { zstdDecompressSync } from 'node:zlib'
import { splitState } from '@cloudsync/crdt'
import * as Y from 'yjs'

/** What is stored of a document: a compressed V2 state, and V1 updates after it. */
export interface SplitJob {
  readonly checkpoint: Uint8Array | undefined
  readonly updates: readonly Uint8Array[]
  readonly maxOutputLength: number
  readonly maxParts: number
}

const { checkpoint, updates, maxOutputLength, maxParts } = workerData as SplitJob
const doc = new Y.Doc()
doc.transact(() => {
  if (checkpoint) Y.applyUpdateV2(doc, zstdDecompressSync(checkpoint, { maxOutputLength }))
  for (const update of updates) Y.applyUpdate(doc, update)
})
const pieces = splitState(Y.encodeStateAsUpdate(doc), maxParts)
parentPort?.postMessage(
  pieces,
  pieces.map((piece) => piece.buffer as ArrayBuffer),
)
