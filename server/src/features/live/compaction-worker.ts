import { parentPort } from 'node:worker_threads'
import { structCount } from '@cloudsync/crdt'
import * as Y from 'yjs'
import { packCheckpointSync, unpackCheckpointSync } from './checkpoint.ts'
import { compressSync } from './compression.ts'
import { encodeSegmentRows, type LogRow } from './history-segment.ts'

export interface CompactionJob {
  readonly id: number
  readonly checkpoint: Uint8Array | undefined
  readonly rows: readonly LogRow[]
}

export interface CompactionResult {
  readonly id: number
  readonly state: Uint8Array
  readonly stateBytes: number
  readonly structCount: number
  readonly segmentRows: Uint8Array
}

export type CompactionAnswer = CompactionResult | { readonly id: number; readonly error: string }

parentPort?.on('message', (job: CompactionJob) => {
  const port = parentPort
  if (!port) return
  try {
    const result = compact(job)
    port.postMessage(result, [
      result.state.buffer as ArrayBuffer,
      result.segmentRows.buffer as ArrayBuffer,
    ])
  } catch (error) {
    port.postMessage({ id: job.id, error: error instanceof Error ? error.message : String(error) })
  }
})

function compact(job: CompactionJob): CompactionResult {
  const doc = new Y.Doc()
  doc.transact(() => {
    if (job.checkpoint) Y.applyUpdate(doc, unpackCheckpointSync(job.checkpoint))
    for (const row of job.rows) Y.applyUpdate(doc, row.payload)
  })
  // What waits for others is in it too, and waits on when it is loaded: those may never come, and a row
  // that was kept in the log for them would keep all that follows it there.
  const state = Y.encodeStateAsUpdate(doc)
  return {
    id: job.id,
    state: packCheckpointSync(state),
    stateBytes: state.length,
    structCount: structCount(doc),
    segmentRows: ownBuffer(compressSync(encodeSegmentRows(job.rows))),
  }
}

/** A small Buffer lies in a shared pool, which cannot be handed over to another thread. */
function ownBuffer(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
