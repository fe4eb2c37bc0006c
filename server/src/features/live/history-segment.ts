import type { NodeId, UserId } from '@cloudsync/protocol'
import type { StoredBytes } from './document-seals.ts'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { parse as parseUuid, stringify as stringifyUuid } from 'uuid'

/** One row of the update log, as a history segment keeps it. */
export interface LogRow {
  readonly seq: number
  readonly authorId: UserId | null
  readonly createdAt: Date
  readonly payload: Uint8Array
}

/** A checkpoint and the rows that follow it, of one document. */
export interface StoredDocument {
  readonly documentId: NodeId
  readonly epoch: number
  readonly seq: number
  /** A packed checkpoint, exactly up to `checkpointSeq`; `undefined` when that is 0. */
  readonly checkpoint: Uint8Array | undefined
  readonly checkpointSeq: number
  readonly checkpointBytes: number
  readonly rows: readonly LogRow[]
}

/** A row as the log has it. */
export interface SealedRow extends Omit<LogRow, 'payload'> {
  readonly payload: StoredBytes
}

/** A document as the tables have it. */
export interface SealedDocument extends Omit<StoredDocument, 'checkpoint' | 'rows'> {
  readonly checkpoint: StoredBytes | undefined
  readonly rows: readonly SealedRow[]
}

const formatVersion = 1

/**
 * Layout before compression, all numbers as lib0 VarUint:
 *
 *     version firstSeq count authorCount author{16}* row*
 *     row = authorIndex (0: nobody) millisecondsSincePrevious VarUint8Array(payload)
 *
 * Rows are dense, so their numbers follow from the first. Times never go back: one that would is
 * written as no progress.
 */
export function encodeSegmentRows(rows: readonly LogRow[]): Uint8Array {
  const authors = [...new Set(rows.map((row) => row.authorId).filter((id) => id !== null))]
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, formatVersion)
  encoding.writeVarUint(encoder, rows[0]?.seq ?? 0)
  encoding.writeVarUint(encoder, rows.length)
  encoding.writeVarUint(encoder, authors.length)
  for (const author of authors) encoding.writeUint8Array(encoder, parseUuid(author))
  let previousMs = 0
  for (const row of rows) {
    encoding.writeVarUint(encoder, row.authorId === null ? 0 : authors.indexOf(row.authorId) + 1)
    const atMs = Math.max(previousMs, row.createdAt.getTime())
    encoding.writeVarUint(encoder, atMs - previousMs)
    previousMs = atMs
    encoding.writeVarUint8Array(encoder, row.payload)
  }
  return encoding.toUint8Array(encoder)
}

/** The rows of a segment; throws when the bytes are none. */
export function decodeSegmentRows(bytes: Uint8Array): LogRow[] {
  const decoder = decoding.createDecoder(bytes)
  const version = decoding.readVarUint(decoder)
  if (version !== formatVersion) throw new Error(`History segment of unknown version ${version}`)
  const firstSeq = decoding.readVarUint(decoder)
  const count = decoding.readVarUint(decoder)
  const authorCount = decoding.readVarUint(decoder)
  const authors = Array.from(
    { length: authorCount },
    () => stringifyUuid(decoding.readUint8Array(decoder, 16)) as UserId,
  )
  let atMs = 0
  return Array.from({ length: count }, (_, index) => {
    const author = decoding.readVarUint(decoder)
    atMs += decoding.readVarUint(decoder)
    return {
      seq: firstSeq + index,
      authorId: author === 0 ? null : (authors[author - 1] ?? null),
      createdAt: new Date(atMs),
      payload: decoding.readVarUint8Array(decoder),
    }
  })
}
