export type {
  ClientFolderUpdate,
  FolderDocuments,
  FolderProjector,
  FolderSession,
} from './folders/folder-documents.ts'
export type {
  LateEdit,
  LiveDocuments,
  LogPosition,
  TextAt,
  TextCommitted,
} from './live-documents.ts'
export { openLive, type Live, type LiveOptions } from './open-live.ts'
