import type {
  ConflictPolicy,
  FileMode,
  NodeId,
  NodeKind,
  SpaceId,
  UserId,
} from '@cloudsync/protocol'
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { CreatedAt } from './column-types.ts'

export interface SpacesTable {
  id: SpaceId
  name: string
  kind: 'personal' | 'team'
  root_id: NodeId
  seq: Generated<number>
  created_at: CreatedAt
  conflict_policy: Generated<ConflictPolicy>
  trash_days: Generated<number>
  used_bytes: Generated<number>
  /** `null`: no limit. */
  quota_bytes: ColumnType<number | null, number | null | undefined, number | null>
  usage_counted_at: Generated<Date>
  /** Of what was before it in the change feed, not all that is gone is known any more. */
  feed_since: Generated<number>
}

export interface NodesTable {
  id: NodeId
  space_id: SpaceId
  parent_id: NodeId | null
  name: string
  name_key: string
  kind: NodeKind
  bom: Generated<boolean>
  line_ending: Generated<'verbatim' | 'crlf'>
  size_bytes: number | null
  media_type: string | null
  /** Of a folder it says nothing. */
  mode: Generated<FileMode>
  rev: number
  created_at: CreatedAt
  created_by: UserId | null
  updated_at: Generated<Date>
  updated_by: UserId | null
  trashed_at: Date | null
  trashed_by: UserId | null
  /** Of a blob. */
  sha256: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>
  trash_batch_id: ColumnType<string | null, string | null | undefined, string | null>
  trashed_seq: ColumnType<number | null, number | null | undefined, number | null>
  /** When it was trashed, by the clock that stamps the rows of the log. */
  trashed_log_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  conflict_policy: ColumnType<
    ConflictPolicy | null,
    ConflictPolicy | null | undefined,
    ConflictPolicy | null
  >
  open_conflicts: Generated<number>
  /** `false`: a private folder. */
  inherits: Generated<boolean>
  /** Of a folder: where the feed stood when it came to where it is, with what is in it; `null`: it was made there. */
  arrived_rev: ColumnType<number | null, number | null | undefined, number | null>
  /** Of a text: up to where in its log the feed has told of edits; `null`: unknown. */
  touched_seq: ColumnType<number | null, number | null | undefined, number | null>
}

export interface TombstonesTable {
  id: NodeId
  purged_at: Generated<Date>
}

export interface DeparturesTable {
  /** Where the node lay. */
  folder_id: ColumnType<NodeId | null, NodeId | null | undefined, NodeId | null>
  space_id: SpaceId
  node_id: NodeId
  rev: number
  left_at: Generated<Date>
}

/** One side of a conflict, as far as its kind has such a thing. */
export interface ConflictSide {
  readonly version?: number
  readonly parentId?: NodeId | undefined
  readonly name?: string
  readonly by: UserId | null
}

export interface ConflictsTable {
  id: string
  space_id: SpaceId
  node_id: NodeId
  kind: 'content' | 'move'
  mine: JSONColumnType<ConflictSide>
  theirs: JSONColumnType<ConflictSide>
  resolution: 'mine' | 'theirs' | 'both' | null
  created_at: CreatedAt
  resolved_at: Date | null
  resolved_by: UserId | null
}

/** Spaces and the trees in them. */
export interface NodeTables {
  spaces: SpacesTable
  nodes: NodesTable
  tombstones: TombstonesTable
  departures: DeparturesTable
  conflicts: ConflictsTable
}
