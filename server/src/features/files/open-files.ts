import type { Logger } from 'pino'
import type { Access, AccessNotifier } from '#features/access/index.ts'
import { SpaceGuard, type Contents, type FindSpaces } from '#features/contents/index.ts'
import type { FolderDocuments, LiveDocuments, SpaceSeqs } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { ConflictResolver } from './conflicts/conflict-resolver.ts'
import { LateEdits } from './conflicts/late-edits.ts'
import { ContentIntake } from './content/content-intake.ts'
import { ContentReplacer } from './content/content-replacer.ts'
import { FileWriter } from './content/file-writer.ts'
import { RunningDownloads, type DownloadSessions } from './content/running-downloads.ts'
import { ServedContents } from './content/served-contents.ts'
import { TextComparer } from './content/text-comparer.ts'
import { TextContents } from './content/text-contents.ts'
import { TextImporter } from './content/text-importer.ts'
import { UploadBudget } from './content/upload-budget.ts'
import { UploadedFiles } from './content/uploaded-files.ts'
import { VersionContents } from './content/version-contents.ts'
import type { FilesContext } from './files-context.ts'
import { NodeReader } from './nodes/node-reader.ts'
import type { People } from './people.ts'
import { fileEndpoints } from './routes/index.ts'
import { TextTouches } from './touches/text-touches.ts'
import { ChangeWaits } from './tree/change-waits.ts'
import { adoptFolders } from './tree/adopt-folders.ts'
import type { FolderProjection } from './tree/project-folder.ts'
import { Reviver } from './tree/reviver.ts'
import { TreeWorker } from './tree/tree-worker.ts'
import { RetentionWorker } from './retention/retention-worker.ts'
import type { RetentionPolicy } from './retention/select-kept.ts'
import { VersionStore } from './versions/version-store.ts'
import { VersionWorker } from './versions/version-worker.ts'

export interface FilesOptions {
  readonly db: Database
  readonly live: LiveDocuments
  readonly folders: FolderDocuments
  readonly projection: FolderProjection
  readonly access: Access & AccessNotifier
  readonly identity: People & DownloadSessions
  readonly contents: Contents
  /** How far spaces have come, and when nobody is to wait for that any more. */
  readonly spaceSeqs: SpaceSeqs
  readonly onDraining: (listener: () => void) => void
  readonly clock: Clock
  readonly log: Logger
  /** What all uploads that are read into memory may hold together. Default 256 MiB. */
  readonly uploadMemoryBytes?: number
  /** The disks that uploads fill, and that must not be filled by them. Default none. */
  readonly findSpaces?: FindSpaces
  /** Which versions stay. Default all of a day, then hourly for a week, daily for a month, weekly. */
  readonly versionRetention?: RetentionPolicy | 'all'
}

/**
 * Files: their nodes, contents and versions. Dispose it before `live`; what was edited and not yet
 * touched is touched then.
 */
export interface Files extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[]
  /** Makes files of contents that came another way than through the endpoints. */
  readonly uploaded: UploadedFiles
  /**
   * Brings what an older database holds into its present form, and begins to make due versions and to
   * tidy the trash. Resolves when people may be served.
   */
  start(): Promise<void>
  /** Touches everything edited so far; for tests and before a snapshot. */
  flushTouches(): Promise<void>
  /** Makes the versions that are due by now and gives how many texts were looked at. */
  makeDueVersions(): Promise<number>
  /** Removes versions that need not stay; gives how many. */
  pruneVersions(): Promise<number>
  /** Purges what has lain in the trash long enough; gives how many nodes it purged. */
  tidyTrash(): Promise<number>
  /** Makes due what a process edited and did not live to note; `start` does it too. */
  recoverMissedVersions(): Promise<void>
  /** Resolves when edits that came too late for their text are kept. */
  settleLateEdits(): Promise<void>
}

const defaultRetention: RetentionPolicy = { all: 1, hourly: 7, daily: 30 }

export function openFiles(options: FilesOptions): Files {
  const { db, live, folders, clock, access } = options
  const log = options.log.child({ component: 'files' })
  const base = openBase(options)
  const reviver = new Reviver({ db, folders, clock, access, log })
  const touches = new TextTouches({
    db,
    live,
    clock,
    log,
    onTrashEdited: (nodeId, actorId) => void reviver.revive(nodeId, actorId),
  })
  const comparer = new TextComparer()
  const importer = new TextImporter({ ...base, touches, comparer })
  const lateEdits = new LateEdits({ ...base, log })
  const workers = [
    new TreeWorker({ db, clock, access, reviver, log }),
    new VersionWorker({ ...base, log }),
    new RetentionWorker({ db, clock, log, policy: options.versionRetention ?? defaultRetention }),
  ] as const
  const [tree, versions, retention] = workers
  live.onCommitted((change) => touches.note(change))
  live.onLateEdit((late) => lateEdits.note(late))
  options.projection.onTrashEdited((folderId, actorId) => void reviver.revive(folderId, actorId))
  const context = openContext(options, { ...base, log, comparer, importer, touches })
  return {
    endpoints: fileEndpoints(context),
    uploaded: new UploadedFiles(context),
    async start() {
      await adoptFolders(db, folders)
      for (const worker of workers) worker.start()
      await touches.recoverMissed()
    },
    tidyTrash: () => tree.tidy(),
    flushTouches: () => touches.flush(),
    makeDueVersions: () => versions.runDue(),
    pruneVersions: () => retention.prune(),
    recoverMissedVersions: () => versions.recoverMissed(),
    settleLateEdits: () => lateEdits.drain(),
    async [Symbol.asyncDispose]() {
      for (const worker of workers) await worker[Symbol.asyncDispose]()
      await lateEdits[Symbol.asyncDispose]()
      await touches[Symbol.asyncDispose]()
      await comparer[Symbol.asyncDispose]()
    },
  }
}

function openBase({ db, live, folders, clock, contents, access }: FilesOptions) {
  const nodes = new NodeReader(db.kysely)
  const texts = new TextContents(nodes, live)
  const versions = new VersionStore({ db, live, contents, clock })
  const served = new ServedContents(db, clock)
  return { db, live, folders, clock, access, nodes, texts, versions, served, contents }
}

interface OpenParts extends ReturnType<typeof openBase> {
  readonly log: Logger
  readonly comparer: TextComparer
  readonly touches: TextTouches
  readonly importer: TextImporter
}

/** What the endpoints work with. */
function openContext(options: FilesOptions, { importer, ...parts }: OpenParts): FilesContext {
  const versionContents = new VersionContents(parts.contents)
  const replacer = new ContentReplacer(parts)
  const changing = { ...parts, importer, replacer, contents: versionContents }
  const guard = new SpaceGuard(options.findSpaces ?? (async () => []))
  return {
    ...parts,
    people: options.identity,
    versionContents,
    intake: new ContentIntake(parts.contents, guard),
    writer: new FileWriter(changing),
    resolver: new ConflictResolver({ ...changing, stored: parts.contents }),
    downloads: new RunningDownloads({ ...parts, sessions: options.identity }),
    waits: new ChangeWaits({
      access: parts.access,
      sessions: options.identity,
      seqs: options.spaceSeqs,
      onDraining: options.onDraining,
    }),
    sessions: options.identity,
    uploads: new UploadBudget(options.uploadMemoryBytes ?? 256 * 1024 * 1024),
  }
}
