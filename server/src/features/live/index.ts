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
export type { ClusterLinks } from './cluster/cluster.ts'
export { openBus } from './cluster/open-bus.ts'
export { openLive, type Live, type LiveOptions } from './open-live.ts'
