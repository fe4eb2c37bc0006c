import { readText } from '@cloudsync/crdt'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { ClientClaims } from './client-claims.ts'
import { Cluster, type ClusterLinks } from './cluster/cluster.ts'
import { Compactor } from './compactor.ts'
import { DocumentSeals } from './document-seals.ts'
import { DocumentHistory } from './document-history.ts'
import { DocumentStore } from './document-store.ts'
import { ClientFolderUpdates } from './folders/client-folder-updates.ts'
import { FolderTransactions } from './folders/folder-transactions.ts'
import { ShadowFolders } from './folders/shadow-folders.ts'
import { FullSpaces } from './full-spaces.ts'
import type { LateEdit, LiveDocuments, TextCommitted } from './live-documents.ts'
import { openLiveMetrics, type LiveGauges, type LiveMetrics } from './live-metrics.ts'
import { defaultPersonLimits, LivePeople } from './live-people.ts'
import { LiveRooms } from './live-rooms.ts'
import { LiveServer } from './live-server.ts'
import { defaultSocketLimits } from './socket-limits.ts'
import type { LiveOptions } from './open-live.ts'
import { Quarantine } from './quarantine.ts'
import { SpaceSeqs } from './space-seqs.ts'
import { SpaceWatches } from './space-watches.ts'
import { TextDoor } from './text-door.ts'
import { TextEpochs } from './text-epochs.ts'
import { UpdateLog } from './update-log.ts'

/** What shadows of folders may take for each byte of documents: by default four folders of 100,000 children. */
const shadowsPerDocuments = 2

/** The parts, which know each other in a circle: commits fail into rooms, rooms are served by the server. */
export function openParts(options: LiveOptions) {
  const { db, identity, access, clock, log, links } = options
  const seals = new DocumentSeals(options.keys)
  const store = new DocumentStore(db.kysely, seals)
  const claims = new ClientClaims(db.kysely)
  const heard = openListeners()
  const parts = () => ({ rooms, server, updateLog, seqs })
  const metrics = openLiveMetrics(options.metrics, readGauges(links, parts))
  const cluster = new Cluster({ links, log, metrics, store, parts })
  const updateLog: UpdateLog = openUpdateLog({
    options,
    seals,
    metrics,
    cluster,
    ...heard,
    rooms: () => rooms,
  })
  const compactor = openCompactor({ db, store, seals, clock, log, metrics })
  const folders = openFolders({ options, seals, cluster, compactor, parts })
  const people = new LivePeople(options.personLimits ?? defaultPersonLimits)
  const seqs: SpaceSeqs = new SpaceSeqs({ db: db.kysely, log })
  const watches = new SpaceWatches({ seqs, identity, access, people })
  const rooms: LiveRooms = new LiveRooms({
    store,
    fanOut: cluster.fanOut,
    log: updateLog,
    compactor,
    logger: log,
    metrics,
    maxMemoryBytes: options.documentMemoryBytes,
    idleMs: options.idleMs ?? 60_000,
    exclusively: (folderId, work) => folders.exclusively([folderId], work),
  })
  const fullSpaces = new FullSpaces({ db: db.kysely, log })
  const documents: LiveDocuments = new TextDoor({
    rooms,
    epochs: new TextEpochs(seals),
    history: new DocumentHistory(db.kysely, seals),
    claims,
    ...heard,
    remote: cluster.commands,
    refresh: (live) => cluster.refresh(live),
    reviewAccess: () => server.reviewAccess(),
    fullSpaces,
    exchange: (caller, item) => server.exchangeText(caller, item),
  })
  const quarantine = new Quarantine({ db: db.kysely, seals, clock })
  const server: LiveServer = new LiveServer({
    rooms,
    claims,
    quarantine,
    identity,
    access,
    metrics,
    log,
    limits: options.limits ?? defaultSocketLimits,
    people,
    acknowledge: options.acknowledge ?? 'durable',
    catchUp: (live) => cluster.fanOut.catchUp(live),
    refresh: (live) => cluster.refresh(live),
    folderUpdates: new ClientFolderUpdates(folders, options.openProjector(documents)),
    watches,
    fullSpaces,
  })
  return {
    cluster,
    compactor,
    documents,
    folders,
    fullSpaces,
    quarantine,
    rooms,
    seqs,
    server,
    updateLog,
    watches,
  }
}

/** Who hears of edits. */
function openListeners() {
  return {
    listeners: new Set<(change: TextCommitted) => void>(),
    lateListeners: new Set<(late: LateEdit) => void>(),
  }
}

interface LogParts {
  readonly options: Pick<LiveOptions, 'db' | 'publish'>
  readonly seals: DocumentSeals
  readonly metrics: LiveMetrics
  readonly cluster: Cluster
  readonly listeners: ReadonlySet<(change: TextCommitted) => void>
  readonly lateListeners: ReadonlySet<(late: LateEdit) => void>
  readonly rooms: () => LiveRooms
}

function openUpdateLog(parts: LogParts): UpdateLog {
  const { options, seals, metrics, cluster, listeners, lateListeners, rooms } = parts
  return new UpdateLog({
    pool: options.db.pool,
    seals,
    ...(options.publish === 'applied'
      ? { onAppending: (request) => cluster.fanOut.publishUncommitted(request) }
      : {}),
    onFenced: ({ nodeId, authorId }) => {
      const live = rooms().findByNode(nodeId)
      if (!live) return
      const text = readText(live.document)
      for (const listener of lateListeners) listener({ nodeId, authorId, text })
    },
    onFailed: (ids) => rooms().evictAll(ids, 'append_failed'),
    onCommit: ({ rows, durationMs }) => {
      metrics.commits.observe(durationMs / 1000)
      metrics.commitRows.observe(rows)
    },
    onAppended: (change) => {
      cluster.fanOut.publish(change.nodeId, change.position, change.payloads)
      for (const listener of listeners) listener(change)
    },
  })
}

interface CompactorParts {
  readonly db: Database
  readonly store: DocumentStore
  readonly seals: DocumentSeals
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: LiveMetrics
}

function openCompactor({ db, store, seals, clock, log, metrics }: CompactorParts): Compactor {
  return new Compactor({
    db: db.kysely,
    store,
    seals,
    clock,
    log,
    onCompacted: ({ durationMs }) => metrics.compactions.observe(durationMs / 1000),
  })
}

interface FolderParts {
  readonly options: Pick<LiveOptions, 'db' | 'documentMemoryBytes'>
  readonly seals: DocumentSeals
  readonly cluster: Cluster
  readonly compactor: Compactor
  readonly parts: () => { readonly rooms: LiveRooms; readonly seqs: SpaceSeqs }
}

function openFolders({
  options: { db, documentMemoryBytes },
  seals,
  cluster,
  compactor,
  parts,
}: FolderParts): FolderTransactions {
  return new FolderTransactions({
    db,
    seals,
    shadows: new ShadowFolders({ maxBytes: documentMemoryBytes * shadowsPerDocuments, seals }),
    publish: (committed) => {
      parts().rooms.publish(committed)
      const payloads = committed.rows.map(({ payload }) => payload)
      cluster.fanOut.publish(committed.folderId, committed.position, payloads)
    },
    onCommitted: () => parts().seqs.poke(),
    onUnknown: (ids) => parts().rooms.evictAll(ids, 'append_failed'),
    requestCompaction: (folderId) => compactor.request(folderId),
  })
}

interface GaugedParts {
  readonly rooms: LiveRooms
  readonly server: LiveServer
  readonly updateLog: UpdateLog
}

function readGauges({ roll, bus }: ClusterLinks, parts: () => GaugedParts): LiveGauges {
  return {
    servers: () => roll.others.size + 1,
    redisConnected: () => (bus.isConnected ? 1 : 0),
    documents: () => parts().rooms.budget.size,
    documentBytes: () => parts().rooms.budget.bytes,
    sockets: () => parts().server.sockets.size,
    connections: () =>
      [...parts().server.sockets].reduce((sum, socket) => sum + socket.openConnections.length, 0),
    logLagSeconds: () => parts().updateLog.lagMs / 1000,
    logOutstanding: () => parts().updateLog.outstanding,
  }
}
