import type { TextFormat } from '@cloudsync/crdt'
import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import { withNext } from '#platform/db/marked-statements.ts'
import { encodedSize, formatOf } from '../content/text-format.ts'
import { textBytesOf } from './node-columns.ts'
import type { NodeRow } from './node-reader.ts'
import type { NodeWriter } from './node-writer.ts'

/** What an edit of a text leaves in its node. What is not given stays. */
export interface TextTouch {
  readonly nodeId: NodeId
  readonly actorId: UserId | null
  /** As of `position`; tells the size. */
  readonly text?: string | undefined
  readonly format?: TextFormat | undefined
  /** Where the log stood, for who reads the event. */
  readonly position: { readonly epoch: number; readonly seq: number }
}

/**
 * Records that texts were edited, in two statements however many they are: it happens several times a
 * second while people type. A node that is gone is passed over. Gives those that are in the trash
 * themselves and were edited after they were put there.
 */
export async function touchTexts(
  writer: NodeWriter,
  touches: readonly TextTouch[],
  clock: Clock,
): Promise<NodeId[]> {
  const rows = await writer.lockAll(touches.map((touch) => touch.nodeId))
  const touched = touches.flatMap((touch) => {
    const row = rows.get(touch.nodeId)
    return row?.kind === 'text' ? [touchedRow(row, touch)] : []
  })
  if (touched.length === 0) return []
  await sql`${withNext} UPDATE nodes SET updated_at = ${clock.now()},
      updated_by = coalesce(touched.updated_by, nodes.updated_by),
      touched_seq = greatest(nodes.touched_seq, touched.seq), size_bytes = touched.size_bytes, bom = touched.bom, line_ending = touched.line_ending
    FROM unnest(
      ${touched.map(({ row }) => row.id)}::uuid[],
      ${touched.map(({ touch }) => touch.actorId)}::uuid[],
      ${touched.map(({ sizeBytes }) => sizeBytes)}::bigint[],
      ${touched.map(({ format }) => format.bom)}::boolean[],
      ${touched.map(({ format }) => format.lineEnding)}::text[],
      ${touched.map(({ touch }) => touch.position.seq)}::bigint[]
    ) AS touched(id, updated_by, size_bytes, bom, line_ending, seq)
    WHERE nodes.id = touched.id
  `.execute(writer.tx)
  for (const { row, touch, sizeBytes } of touched) {
    const { position } = touch
    writer.charges.add(row.space_id, (sizeBytes ?? 0) - textBytesOf(row))
    const payload = { parentId: row.parent_id, name: row.name, position, sizeBytes }
    writer.note(row, 'file.updated', touch.actorId, payload)
  }
  return touched.flatMap(({ row, touch }) =>
    row.trashed_at !== null && touch.position.seq > (row.trashed_seq ?? 0) ? [row.id] : [],
  )
}

interface TouchedText {
  readonly row: NodeRow
  readonly touch: TextTouch
  readonly format: TextFormat
  readonly sizeBytes: number | null
}

function touchedRow(row: NodeRow, touch: TextTouch): TouchedText {
  const format = touch.format ?? formatOf(row)
  const sizeBytes = touch.text === undefined ? row.size_bytes : encodedSize(touch.text, format)
  return { row, touch, format, sizeBytes }
}
