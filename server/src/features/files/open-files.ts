import type { ContentStore } from '@cloudsync/storage'
import type { Logger } from 'pino'
import type { Access } from '#features/access/index.ts'
import type { LiveDocuments } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { ContentCollector } from './collector/content-collector.ts'
import { LeasedContents } from './collector/leased-contents.ts'
import { SpaceGuard, type FindSpaces } from './collector/space-guard.ts'
import { ConflictResolver, type ResolveMove } from './conflicts/conflict-resolver.ts'
import { LateEdits } from './conflicts/late-edits.ts'
import { ContentIntake } from './content/content-intake.ts'
import { ContentReplacer } from './content/content-replacer.ts'
import { FileWriter } from './content/file-writer.ts'
import { ServedContents } from './content/served-contents.ts'
import { TextComparer } from './content/text-comparer.ts'
import { TextContents } from './content/text-contents.ts'
import { TextImporter } from './content/text-importer.ts'
import { UploadBudget } from './content/upload-budget.ts'
import { VersionContents } from './content/version-contents.ts'
import { NodeReader } from './nodes/node-reader.ts'
import type { People } from './people.ts'
import { fileEndpoints } from './routes/index.ts'
import { TextTouches } from './touches/text-touches.ts'
import { VersionStore } from './versions/version-store.ts'
import { VersionWorker } from './versions/version-worker.ts'

export interface FilesOptions {
  readonly db: Database
  readonly live: LiveDocuments
  readonly access: Access
  readonly identity: People
  readonly content: ContentStore
  readonly clock: Clock
  readonly log: Logger
  /** What all uploads that are read into memory may hold together. Default 256 MiB. */
  readonly uploadMemoryBytes?: number
  /** The disks that uploads fill, and that must not be filled by them. Default none. */
  readonly findSpaces?: FindSpaces
  /** What carries out a decision about moves. */
  readonly resolveMove?: ResolveMove
}

/**
 * Files: their nodes, contents and versions. Dispose it before `live`; what was edited and not yet
 * touched is touched then.
 */
export interface Files extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[]
  /** Begins to make due versions and to collect what nobody names; a process without this serves requests all the same. */
  start(): void
  /** Touches everything edited so far; for tests and before a snapshot. */
  flushTouches(): Promise<void>
  /** Makes the versions that are due by now and gives how many texts were looked at. */
  makeDueVersions(): Promise<number>
  /** Makes due what a process edited and did not live to note; `start` does it too. */
  recoverMissedVersions(): Promise<void>
  /** Removes the bytes that nothing names any more; gives how many contents. */
  collectContents(): Promise<number>
  /** Resolves when edits that came too late for their text are kept. */
  settleLateEdits(): Promise<void>
}

export function openFiles(options: FilesOptions): Files {
  const { db, live, clock } = options
  const log = options.log.child({ component: 'files' })
  const { content, access, identity: people } = options
  const nodes = new NodeReader(db.kysely)
  const contents = new LeasedContents({ db, content, clock })
  const versionContents = new VersionContents(contents)
  const texts = new TextContents(nodes, live)
  const versions = new VersionStore({ db, live, contents, clock })
  const served = new ServedContents(db, clock)
  const touches = new TextTouches({ db, live, clock, log })
  const comparer = new TextComparer()
  const base = { db, live, clock, nodes, texts, versions, served, contents }
  const importer = new TextImporter({ ...base, touches, comparer })
  const replacer = new ContentReplacer(base)
  const changing = { ...base, importer, replacer, contents: versionContents }
  const lateEdits = new LateEdits({ ...base, log })
  const worker = new VersionWorker({ ...base, log })
  const collector = new ContentCollector({ db, content, clock, log })
  live.onCommitted((change) => touches.note(change))
  live.onLateEdit((late) => lateEdits.note(late))
  const context = {
    ...base,
    access,
    people,
    log,
    comparer,
    versionContents,
    intake: new ContentIntake(contents, new SpaceGuard(options.findSpaces ?? (async () => []))),
    writer: new FileWriter(changing),
    resolver: new ConflictResolver({ ...changing, resolveMove: options.resolveMove }),
    uploads: new UploadBudget(options.uploadMemoryBytes ?? 256 * 1024 * 1024),
  }
  return {
    endpoints: fileEndpoints(context),
    start() {
      worker.start()
      collector.start()
    },
    flushTouches: () => touches.flush(),
    makeDueVersions: () => worker.runDue(),
    recoverMissedVersions: () => worker.recoverMissed(),
    collectContents: () => collector.collect(),
    settleLateEdits: () => lateEdits.drain(),
    async [Symbol.asyncDispose]() {
      await collector[Symbol.asyncDispose]()
      await worker[Symbol.asyncDispose]()
      await lateEdits[Symbol.asyncDispose]()
      await touches[Symbol.asyncDispose]()
      await comparer[Symbol.asyncDispose]()
    },
  }
}
