/** Documents: texts as they are, and as they were. Written from docs/formats.md alone, with nothing of CloudSync. */
import * as Y from 'yjs'
import { derive, inflate, keyOf, unseal, type Stored } from './keys.ts'

/** Bytes beside the number of their data key. */
interface SealedBytes {
  readonly bytes: Buffer
  readonly key_id: number | null
}

interface NumberedBytes extends SealedBytes {
  readonly seq: number
}

interface Segment extends SealedBytes {
  readonly from_seq: number
  readonly base: Buffer | null
  readonly base_key_id: number | null
}

export interface Position {
  readonly epoch: number
  readonly seq: number
}

/** The text of a document when its log stood at a position, or as it is now. */
export async function readText(stored: Stored, id: string, at?: Position): Promise<string> {
  const documents = 'SELECT epoch, seq::float8 AS seq FROM documents WHERE id = $1'
  const now = (await stored.db.query<Position>(documents, [id])).rows[0]
  if (!now) throw new Error('There is no such document')
  const { epoch, seq } = at ?? now
  const states = `SELECT seq::float8 AS seq, state AS bytes, key_id FROM checkpoints
    WHERE document_id = $1 AND epoch = $2`
  const checkpoint = (await stored.db.query<NumberedBytes>(states, [id, now.epoch])).rows[0]
  const from = checkpoint?.seq ?? 0
  if (epoch !== now.epoch || seq < from) return readHistory(stored, id, { epoch, seq })
  const log = `SELECT seq::float8 AS seq, payload AS bytes, key_id FROM update_log
    WHERE document_id = $1 AND seq <= $2 ORDER BY seq`
  const { rows } = await stored.db.query<NumberedBytes>(log, [id, seq])
  if (rows.some((row, index) => row.seq !== from + 1 + index)) throw new Error('The log has a gap')
  const updates = rows.map((row) => openRow(stored, id, 'update', row))
  return build(checkpoint && openRow(stored, id, 'checkpoint', checkpoint), updates, seq - from)
}

async function readHistory(stored: Stored, id: string, { epoch, seq }: Position): Promise<string> {
  const history = `SELECT from_seq::float8 AS from_seq, rows AS bytes, key_id, base, base_key_id
    FROM history_segments WHERE document_id = $1 AND epoch = $2 AND from_seq <= $3 ORDER BY from_seq`
  const { rows } = await stored.db.query<Segment>(history, [id, epoch, seq])
  const first = rows.findLastIndex((row) => row.base !== null || row.from_seq === 1)
  const begin = rows[first]
  if (!begin) throw new Error('The history does not go back so far')
  const updates: Buffer[] = []
  for (const row of rows.slice(first)) {
    const segment = parseSegment(inflate(openRow(stored, id, 'segment', row)))
    if (segment.from !== begin.from_seq + updates.length) throw new Error('The history has a gap')
    updates.push(...segment.updates)
  }
  const base = begin.base && { bytes: begin.base, key_id: begin.base_key_id }
  const count = seq - begin.from_seq + 1
  return build(base ? openRow(stored, id, 'checkpoint', base) : undefined, updates, count)
}

/** The text of a checkpoint and the first `count` updates after it. */
function build(checkpoint: Buffer | undefined, updates: readonly Buffer[], count: number): string {
  if (updates.length < count) throw new Error('The log does not go so far')
  const doc = new Y.Doc()
  if (checkpoint) applyCheckpoint(doc, checkpoint)
  for (const update of updates.slice(0, count)) Y.applyUpdate(doc, update)
  return doc.getText('content').toJSON()
}

export function openRow(stored: Stored, id: string, kind: string, row: SealedBytes): Buffer {
  if (row.key_id === null) return row.bytes
  return unseal(derive(keyOf(stored, row.key_id), `document:${id}`), row.bytes, `${kind} ${id}`)
}

function applyCheckpoint(doc: Y.Doc, checkpoint: Buffer): void {
  if (checkpoint[0] === 0x01) Y.applyUpdate(doc, inflate(checkpoint.subarray(1)))
  else if (checkpoint[0] === 0x28) Y.applyUpdateV2(doc, inflate(checkpoint))
  else throw new Error(`There is no checkpoint ${checkpoint[0]}`)
}

/** The number of its first row, and the updates of all. */
export function parseSegment(bytes: Buffer): { from: number; updates: Buffer[] } {
  let at = 0
  const varint = () => {
    for (let value = 0, unit = 1; ; unit *= 128) {
      const byte = bytes.readUInt8(at++)
      value += (byte % 128) * unit
      if (byte < 128) return value
    }
  }
  if (varint() !== 1) throw new Error('The history segment is of another version')
  const [from, count, authors] = [varint(), varint(), varint()]
  at += authors * 16
  const updates = Array.from({ length: count }, () => {
    const [, , size] = [varint(), varint(), varint()] // author, time
    at += size
    return bytes.subarray(at - size, at)
  })
  return { from, updates }
}
