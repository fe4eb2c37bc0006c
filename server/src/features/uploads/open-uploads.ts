import type { Logger } from 'pino'
import { SpaceGuard, type Contents, type FindSpaces } from '#features/contents/index.ts'
import type { UploadedFiles } from '#features/files/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { uploadEndpoints } from './routes/index.ts'
import { UploadReceiver } from './upload-receiver.ts'
import { UploadSessions } from './upload-sessions.ts'
import { UploadWorker } from './upload-worker.ts'
import { Uploads } from './uploads.ts'

export interface OpenUploadsOptions {
  readonly db: Database
  readonly contents: Contents
  readonly files: UploadedFiles
  readonly clock: Clock
  readonly log: Logger
  /** The disks that uploads fill, and that must not be filled by them. */
  readonly findSpaces: FindSpaces
}

/** Uploads that may break off and go on. Dispose it first: what has come of those under way is kept then. */
export interface OpenedUploads extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[]
  /** Begins to drop uploads that nobody goes on with. */
  start(): void
  /** Drops those whose time is over; gives how many. */
  expire(): Promise<number>
}

export function openUploads(options: OpenUploadsOptions): OpenedUploads {
  const { db, clock, files } = options
  const { drafts } = options.contents
  const log = options.log.child({ component: 'uploads' })
  const space = new SpaceGuard(options.findSpaces)
  const sessions = new UploadSessions({ db, contents: options.contents, clock })
  const receiver = new UploadReceiver({ db, drafts, space })
  const uploads = new Uploads({ sessions, drafts, receiver, files, space })
  const worker = new UploadWorker({ sessions, log })
  return {
    endpoints: uploadEndpoints(uploads),
    start: () => worker.start(),
    expire: () => sessions.expire(),
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]()
      await uploads[Symbol.asyncDispose]()
    },
  }
}
