import type { Sha256 } from '@cloudsync/storage'

/** What a content is known by. */
export interface ContentName {
  readonly sha256: Sha256
  readonly sizeBytes: number
}

export interface StoredContent extends ContentName {
  /** What was stored for it, sealed: what was there already costs nothing. */
  readonly storedBytes: number
}
