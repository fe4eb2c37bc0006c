export type {
  ClientFolderUpdate,
  FolderDocuments,
  FolderProjector,
  FolderSession,
} from './folders/folder-documents.ts'
export type { LiveDocuments, LogPosition, TextAt, TextCommitted } from './live-documents.ts'
export { openLive, type Live, type LiveOptions } from './open-live.ts'
