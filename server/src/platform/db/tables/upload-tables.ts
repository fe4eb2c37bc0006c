import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Bytes, Timestamp } from './column-types.ts'

/** `open`: bytes may come; `stored`: they are a content; `filed`: they are in a file; `expired`: gone. */
export type UploadState = 'open' | 'stored' | 'filed' | 'expired'

export interface UploadSessionsTable {
  id: string
  user_id: UserId
  /** `whole`, or by the concatenation extension of tus. */
  kind: 'whole' | 'partial' | 'final'
  state: UploadState
  /** `null` until it is told. */
  length: number | null
  /** The header `Upload-Metadata` as it came. */
  metadata: string
  /** The header `Upload-Concat` of a final one. */
  concat: string | null
  sha256: Bytes | null
  node_id: NodeId | null
  /** That it is for; of a partial one, none. */
  space_id: SpaceId | null
  created_at: Timestamp
  expires_at: Timestamp
}

/** Uploads that break off and go on. */
export interface UploadTables {
  upload_sessions: UploadSessionsTable
}
