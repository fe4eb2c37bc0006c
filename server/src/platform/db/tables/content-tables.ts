import type { ColumnType, Generated } from 'kysely'
import type { Bytes, CreatedAt, Timestamp } from './column-types.ts'

export interface ContentsTable {
  sha256: Bytes
  size_bytes: number
  leased_until: Timestamp
  created_at: CreatedAt
  manifest_id: ColumnType<string | null, string | null | undefined, string | null>
}

export interface PacksTable {
  id: string
  size_bytes: number
  live_bytes: number
  created_at: Timestamp
  unused_since: Date | null
  scrubbed_at: Date | null
}

export interface ChunksTable {
  hash: Bytes
  pack_id: string
  start: number
  sealed_bytes: number
  plain_bytes: number
  codec: number
  key_id: number
  refs: Generated<number>
  leased_until: Timestamp
  damaged_at: Date | null
}

export interface ManifestsTable {
  id: string
  leased_until: Timestamp
}

export interface ManifestPagesTable {
  manifest_id: string
  page: number
  start: number
  entries: Bytes
}

export interface ContentDraftsTable {
  id: string
  size_bytes: number
  tail: Bytes
  key_id: number
  touched_at: Timestamp
}

/** Bytes by hash. */
export interface ContentTables {
  contents: ContentsTable
  packs: PacksTable
  chunks: ChunksTable
  manifests: ManifestsTable
  manifest_pages: ManifestPagesTable
  content_drafts: ContentDraftsTable
}
