export { HttpRemote, type HttpRemoteOptions } from './http-remote.ts'
export { localFilesIn } from './local-files.ts'
export type { LinkedPlace } from './remote-feed.ts'
export type { ChunkLists, LocalFile, OpenLocalFile, UploadUrls } from './remote-stores.ts'
