import type { ContentStore } from '@cloudsync/storage'
import type { Logger } from 'pino'
import type { Access } from '#features/access/index.ts'
import type { FolderDocuments, LiveDocuments } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { ServedContents } from './content/served-contents.ts'
import { TextComparer } from './content/text-comparer.ts'
import { TextContents } from './content/text-contents.ts'
import { TextImporter } from './content/text-importer.ts'
import { UploadBudget } from './content/upload-budget.ts'
import { NodeReader } from './nodes/node-reader.ts'
import type { People } from './people.ts'
import { fileEndpoints } from './routes/index.ts'
import { TextTouches } from './touches/text-touches.ts'
import { adoptFolders } from './tree/adopt-folders.ts'
import type { FolderProjection } from './tree/project-folder.ts'
import { Reviver } from './tree/reviver.ts'
import { TreeWorker } from './tree/tree-worker.ts'
import { VersionStore } from './versions/version-store.ts'
import { VersionWorker } from './versions/version-worker.ts'

export interface FilesOptions {
  readonly db: Database
  readonly live: LiveDocuments
  readonly folders: FolderDocuments
  readonly projection: FolderProjection
  readonly access: Access
  readonly identity: People
  readonly content: ContentStore
  readonly clock: Clock
  readonly log: Logger
  /** What all uploads that are read into memory may hold together. Default 256 MiB. */
  readonly uploadMemoryBytes?: number
}

/**
 * Files: their nodes, contents and versions. Dispose it before `live`; what was edited and not yet
 * touched is touched then.
 */
export interface Files extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[]
  /**
   * Brings what an older database holds into its present form, and begins to make due versions and to
   * tidy the trash. Resolves when people may be served.
   */
  start(): Promise<void>
  /** Touches everything edited so far; for tests and before a snapshot. */
  flushTouches(): Promise<void>
  /** Makes the versions that are due by now and gives how many texts were looked at. */
  makeDueVersions(): Promise<number>
  /** Purges what has lain in the trash long enough; gives how many nodes it purged. */
  tidyTrash(): Promise<number>
  /** Makes due what a process edited and did not live to note; `start` does it too. */
  recoverMissedVersions(): Promise<void>
}

export function openFiles(options: FilesOptions): Files {
  const { db, live, folders, clock } = options
  const log = options.log.child({ component: 'files' })
  const nodes = new NodeReader(db.kysely)
  const texts = new TextContents(nodes, live)
  const versions = new VersionStore({ db, live, content: options.content, clock })
  const served = new ServedContents(db, clock)
  const reviver = new Reviver({ db, folders, clock, log })
  const touches = new TextTouches({
    db,
    live,
    clock,
    log,
    onTrashEdited: (nodeId, actorId) => void reviver.revive(nodeId, actorId),
  })
  const comparer = new TextComparer()
  const importer = new TextImporter({ live, texts, versions, served, touches, comparer })
  const treeWorker = new TreeWorker({ db, clock, reviver, log })
  const worker = new VersionWorker({ db, texts, versions, served, clock, log })
  const uploads = new UploadBudget(options.uploadMemoryBytes ?? 256 * 1024 * 1024)
  live.onCommitted((change) => touches.note(change))
  options.projection.onTrashEdited((folderId, actorId) => void reviver.revive(folderId, actorId))
  const { access, identity: people } = options
  const context = {
    db,
    live,
    folders,
    access,
    people,
    clock,
    log,
    nodes,
    texts,
    comparer,
    importer,
    served,
    versions,
    uploads,
  }
  return {
    endpoints: fileEndpoints(context),
    async start() {
      await adoptFolders(db, folders)
      worker.start()
      treeWorker.start()
    },
    tidyTrash: () => treeWorker.tidy(),
    flushTouches: () => touches.flush(),
    makeDueVersions: () => worker.runDue(),
    recoverMissedVersions: () => worker.recoverMissed(),
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]()
      await treeWorker[Symbol.asyncDispose]()
      await touches[Symbol.asyncDispose]()
      await comparer[Symbol.asyncDispose]()
    },
  }
}
