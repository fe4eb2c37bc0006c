export type {
  ClientFolderUpdate,
  FolderDocuments,
  FolderProjector,
  FolderSession,
} from './folders/folder-documents.ts'
export type {
  ExchangedText,
  LateEdit,
  LiveDocuments,
  LogPosition,
  TextAt,
  TextCommitted,
  TextToExchange,
} from './live-documents.ts'
export type { ClusterLinks } from './cluster/cluster.ts'
export { openBus } from './cluster/open-bus.ts'
export { openLive, type Live, type LiveOptions } from './open-live.ts'
export type { SpaceSeqs } from './space-seqs.ts'
