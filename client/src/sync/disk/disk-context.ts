import type { FileSystemTraits } from '../model/file-system-traits.ts'
import type { FolderAccess } from './folder-access.ts'
import type { FolderSyncs } from './folder-syncs.ts'
import type { OwnFiles } from './own-files.ts'
import type { QuickCalls } from './quick-calls.ts'

/** What the parts of `NodeDisk` share. */
export interface DiskContext {
  readonly access: FolderAccess
  readonly syncs: FolderSyncs
  readonly quick: QuickCalls
  readonly own: OwnFiles
  readonly traits: FileSystemTraits
  /** Milliseconds since 1970. */
  readonly now: () => number
}
