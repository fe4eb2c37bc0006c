import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { readText } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Access } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { ClientClaims } from './client-claims.ts'
import { Compactor } from './compactor.ts'
import { DocumentStore } from './document-store.ts'
import { ClientFolderUpdates } from './folders/client-folder-updates.ts'
import type { FolderDocuments, FolderProjector } from './folders/folder-documents.ts'
import { FolderTransactions } from './folders/folder-transactions.ts'
import { ShadowFolders } from './folders/shadow-folders.ts'
import type { LateEdit, LiveDocuments, TextCommitted } from './live-documents.ts'
import { openLiveMetrics, type LiveGauges, type LiveMetrics } from './live-metrics.ts'
import { LiveRooms } from './live-rooms.ts'
import { LiveServer } from './live-server.ts'
import { defaultSocketLimits, type SocketLimits } from './live-socket.ts'
import { Quarantine } from './quarantine.ts'
import { createTicket } from './routes/create-ticket.ts'
import { SpaceWatches } from './space-watches.ts'
import { TextDoor } from './text-door.ts'
import { UpdateLog } from './update-log.ts'

export interface LiveOptions {
  readonly db: Database
  readonly identity: Identity
  readonly access: Access
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
  /** What the documents in memory may take together, in bytes. */
  readonly documentMemoryBytes: number
  /** How long a document that nobody has open stays in memory. */
  readonly idleMs?: number
  readonly limits?: SocketLimits
  /**
   * `memory` acknowledges before the commit. Tests of durability use it as their control; it loses
   * what was acknowledged, and nothing else may set it.
   */
  readonly acknowledge?: 'durable' | 'memory'
  /** Makes what the tree makes of the updates that clients send into folders. */
  readonly openProjector: (documents: LiveDocuments) => FolderProjector
}

/** The live core: text documents that people edit together, durable before they are acknowledged. */
export interface Live extends AsyncDisposable {
  readonly documents: LiveDocuments
  readonly folders: FolderDocuments
  readonly endpoints: readonly Endpoint[]
  /** Takes an HTTP upgrade, if it is for a live endpoint; says whether it was. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Why the log cannot be trusted to take updates just now, or `undefined`. */
  findTrouble(): string | undefined
  /** Folds what can be folded and sheds old history now; for tests and the bench. */
  readonly compactor: Compactor
}

const heartbeatMs = 15_000
const housekeepingMs = 5_000
const accessReviewMs = 60_000
const expiryMs = 3_600_000
/** A server that is started anew more often than that sheds too. */
const firstExpiryMs = 120_000

/** A commit that takes longer than this is trouble that operators must see. */
const maxLogLagMs = 5_000

export async function openLive(options: LiveOptions): Promise<Live> {
  const log = options.log.child({ component: 'live' })
  const parts = openParts({ ...options, log })
  const { server, rooms, compactor, quarantine, updateLog } = parts
  options.identity.onSessionEnded(({ sessionId }) => server.endSession(sessionId))
  options.access.onAccessChanged(({ userId }) => void server.reviewAccess(userId))
  const stopHousekeeping = startHousekeeping({ server, rooms, compactor, quarantine, log })
  return {
    documents: parts.documents,
    folders: parts.folders,
    endpoints: [createTicket(options)],
    handleUpgrade: (request, socket, head) => server.handleUpgrade(request, socket, head),
    findTrouble: () =>
      updateLog.lagMs > maxLogLagMs ? 'the update log does not answer' : undefined,
    compactor,
    async [Symbol.asyncDispose]() {
      stopHousekeeping()
      parts.watches.close()
      await server.close()
      await updateLog.flush()
      rooms.dropAll()
      await compactor[Symbol.asyncDispose]()
    },
  }
}

/** The parts, which know each other in a circle: commits fail into rooms, rooms are served by the server. */
function openParts(options: LiveOptions) {
  const { db, identity, access, clock, log } = options
  const store = new DocumentStore(db.kysely)
  const claims = new ClientClaims(db.kysely)
  const listeners = new Set<(change: TextCommitted) => void>()
  const lateListeners = new Set<(late: LateEdit) => void>()
  const metrics: LiveMetrics = openLiveMetrics(
    options.metrics,
    readGauges(() => ({ rooms, server, updateLog })),
  )
  const giveUp = (ids: Iterable<NodeId>) => rooms.evictAll(ids, 'append_failed')
  const updateLog = new UpdateLog({
    pool: db.pool,
    onFenced: ({ nodeId, authorId }) => {
      const live = rooms.findByNode(nodeId)
      if (!live) return
      const text = readText(live.document)
      for (const listener of lateListeners) listener({ nodeId, authorId, text })
    },
    onFailed: giveUp,
    onCommit: ({ rows, durationMs }) => {
      metrics.commits.observe(durationMs / 1000)
      metrics.commitRows.observe(rows)
    },
    onAppended: (change) => {
      for (const listener of listeners) listener(change)
    },
  })
  const compactor = new Compactor({
    db: db.kysely,
    store,
    clock,
    log,
    onCompacted: ({ durationMs }) => metrics.compactions.observe(durationMs / 1000),
  })
  const folders = new FolderTransactions({
    db,
    shadows: new ShadowFolders(),
    publish: (committed) => rooms.publish(committed),
    onCommitted: () => watches.poke(),
    onUnknown: giveUp,
    requestCompaction: (folderId) => compactor.request(folderId),
  })
  const watches = new SpaceWatches({ db: db.kysely, identity, access, log })
  const rooms = new LiveRooms({
    store,
    log: updateLog,
    compactor,
    logger: log,
    metrics,
    maxMemoryBytes: options.documentMemoryBytes,
    idleMs: options.idleMs ?? 60_000,
    exclusively: (folderId, work) => folders.exclusively([folderId], work),
  })
  const documents: LiveDocuments = new TextDoor({
    rooms,
    store,
    claims,
    listeners,
    lateListeners,
    reviewAccess: () => server.reviewAccess(),
  })
  const quarantine = new Quarantine(db.kysely, clock)
  const server: LiveServer = new LiveServer({
    rooms,
    claims,
    quarantine,
    identity,
    access,
    metrics,
    log,
    limits: options.limits ?? defaultSocketLimits,
    acknowledge: options.acknowledge ?? 'durable',
    folderUpdates: new ClientFolderUpdates(folders, options.openProjector(documents)),
    watches,
  })
  return { compactor, documents, folders, quarantine, rooms, server, updateLog, watches }
}

interface GaugedParts {
  readonly rooms: LiveRooms
  readonly server: LiveServer
  readonly updateLog: UpdateLog
}

function readGauges(parts: () => GaugedParts): LiveGauges {
  return {
    documents: () => parts().rooms.budget.size,
    documentBytes: () => parts().rooms.budget.bytes,
    sockets: () => parts().server.sockets.size,
    connections: () =>
      [...parts().server.sockets].reduce((sum, socket) => sum + socket.openConnections.length, 0),
    logLagSeconds: () => parts().updateLog.lagMs / 1000,
    logOutstanding: () => parts().updateLog.outstanding,
  }
}

interface Housekeeping {
  readonly server: LiveServer
  readonly rooms: LiveRooms
  readonly compactor: Compactor
  readonly quarantine: Quarantine
  readonly log: Logger
}

/** What is done from time to time. Gives what ends it. */
function startHousekeeping(parts: Housekeeping): () => void {
  const { server, rooms, compactor, quarantine, log } = parts
  const shedOld = (what: string, shed: Promise<void>) =>
    shed.catch((error: unknown) => log.warn({ err: error }, `${what} could not be shed`))
  const shedAll = () => {
    void shedOld('history', compactor.expireHistory())
    void shedOld('quarantine', quarantine.shed())
  }
  const timers = [
    setInterval(() => server.heartbeat(), heartbeatMs),
    setInterval(() => rooms.budget.collect(), housekeepingMs),
    setInterval(() => void server.reviewAccess(), accessReviewMs),
    setTimeout(shedAll, firstExpiryMs),
    setInterval(shedAll, expiryMs),
  ]
  for (const timer of timers) timer.unref()
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
