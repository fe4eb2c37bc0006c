import { randomInt } from 'node:crypto'
import { nameKey, type TextFormat } from '@cloudsync/crdt'
import type { FileMode, NodeId, NodeKind, SpaceId, UserId } from '@cloudsync/protocol'
import { textMediaType } from '../content/media-type.ts'
import type { NodeRow } from './node-reader.ts'

/** What a file is, as its node says it. */
export type FileContent =
  | { readonly kind: 'text'; readonly format: TextFormat; readonly sizeBytes: number }
  | {
      readonly kind: 'blob'
      readonly sha256: Uint8Array
      readonly sizeBytes: number
      readonly mediaType: string
    }

export interface NewNode {
  readonly id: NodeId
  readonly spaceId: SpaceId
  readonly parentId: NodeId
  readonly name: string
  readonly kind: NodeKind
  readonly actorId: UserId | null
  /** Of a text. */
  readonly format?: TextFormat
  /** Of a text or a blob. */
  readonly sizeBytes?: number | null
  /** Of a blob. */
  readonly mediaType?: string | null
  readonly sha256?: Uint8Array
  /** Of a text or a blob; `regular` when it is left out. */
  readonly mode?: FileMode | undefined
}

/** The row of a new node, as it is inserted. */
export function newRow(node: NewNode, now: Date): NodeRow {
  const { name, kind, actorId, format, sha256 } = node
  return {
    id: node.id,
    space_id: node.spaceId,
    parent_id: node.parentId,
    name,
    name_key: nameKey(name),
    kind,
    // The first state of a text is the first row of its log.
    touched_seq: kind === 'text' ? ((node.sizeBytes ?? 0) > 0 ? 1 : 0) : null,
    bom: format?.bom ?? false,
    line_ending: format?.lineEnding ?? 'verbatim',
    size_bytes: node.sizeBytes ?? null,
    media_type: kind === 'text' ? textMediaType(name) : (node.mediaType ?? null),
    sha256: sha256 ? Buffer.from(sha256) : null,
    mode: node.mode ?? 'regular',
    rev: placeholderRev(),
    created_at: now,
    created_by: actorId,
    updated_at: now,
    updated_by: actorId,
    ...untouched,
  }
}

/** What a row begins with by itself. */
const untouched = {
  trashed_at: null,
  trashed_by: null,
  trash_batch_id: null,
  trashed_seq: null,
  trashed_log_at: null,
  conflict_policy: null,
  open_conflicts: 0,
  inherits: true,
  arrived_rev: null,
} as const

/** What a file says of its content. */
export function contentColumns(content: FileContent, name: string): Partial<NodeRow> {
  const { kind, sizeBytes } = content
  const isText = kind === 'text'
  return {
    kind,
    size_bytes: sizeBytes,
    sha256: isText ? null : Buffer.from(content.sha256),
    media_type: isText ? textMediaType(name) : content.mediaType,
    // A blob keeps what is said of the text that it was: late edits are written out like that.
    ...(isText
      ? { touched_seq: null, bom: content.format.bom, line_ending: content.format.lineEnding }
      : {}),
  }
}

/** What a node says of its name. */
export function nameColumns(row: NodeRow, name: string): Partial<NodeRow> {
  const mediaType = row.kind === 'text' ? textMediaType(name) : row.media_type
  return { name, name_key: nameKey(name), media_type: mediaType }
}

/** What a node itself holds: a text its words, everything else nothing beside its versions. */
export function textBytesOf({ kind, size_bytes: sizeBytes }: NodeRow): number {
  return kind === 'text' ? (sizeBytes ?? 0) : 0
}

/** Until the change feed is stamped: `rev` is unique in its space, and no committed row has a negative one. */
function placeholderRev(): number {
  return -randomInt(1, 2 ** 47)
}
