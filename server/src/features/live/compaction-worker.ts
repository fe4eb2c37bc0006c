import { parentPort } from 'node:worker_threads'
import { structCount } from '@cloudsync/crdt'
import * as Y from 'yjs'
import { packCheckpointSync, unpackCheckpointSync } from './checkpoint.ts'
import { compressSync } from './compression.ts'
import {
  openBytes,
  sealBytes,
  type DocumentKey,
  type DocumentKeys,
  type StoredBytes,
} from './document-seals.ts'
import { encodeSegmentRows, type SealedRow } from './history-segment.ts'

export interface CompactionJob {
  readonly id: number
  readonly checkpoint: StoredBytes | undefined
  readonly rows: readonly SealedRow[]
  readonly openWith: DocumentKeys
  readonly sealWith: DocumentKey
}

export interface CompactionResult {
  readonly id: number
  readonly state: StoredBytes
  readonly stateBytes: number
  readonly structCount: number
  readonly segment: StoredBytes
}

export type CompactionAnswer = CompactionResult | { readonly id: number; readonly error: string }

parentPort?.on('message', (job: CompactionJob) => {
  const port = parentPort
  if (!port) return
  try {
    const result = compact(job)
    port.postMessage(result, [
      result.state.bytes.buffer as ArrayBuffer,
      result.segment.bytes.buffer as ArrayBuffer,
    ])
  } catch (error) {
    port.postMessage({ id: job.id, error: error instanceof Error ? error.message : String(error) })
  }
})

function compact(job: CompactionJob): CompactionResult {
  const { openWith, sealWith } = job
  const checkpoint = job.checkpoint && openBytes(openWith, 'checkpoint', job.checkpoint)
  const rows = job.rows.map((row) => ({
    ...row,
    payload: openBytes(openWith, 'update', row.payload),
  }))
  const doc = new Y.Doc()
  doc.transact(() => {
    if (checkpoint) Y.applyUpdate(doc, unpackCheckpointSync(checkpoint))
    for (const row of rows) Y.applyUpdate(doc, row.payload)
  })
  // What waits for others is in it too, and waits on when it is loaded: those may never come, and a row
  // that was kept in the log for them would keep all that follows it there.
  const state = Y.encodeStateAsUpdate(doc)
  return {
    id: job.id,
    state: ownBuffer(sealBytes(sealWith, 'checkpoint', packCheckpointSync(state))),
    stateBytes: state.length,
    structCount: structCount(doc),
    segment: ownBuffer(sealBytes(sealWith, 'segment', compressSync(encodeSegmentRows(rows)))),
  }
}

/** A small Buffer lies in a shared pool, which cannot be handed over to another thread. */
function ownBuffer({ bytes, keyId }: StoredBytes): StoredBytes {
  return { bytes: new Uint8Array(bytes), keyId }
}
