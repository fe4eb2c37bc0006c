import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Access } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import type { ClusterLinks } from './cluster/cluster.ts'
import type { Compactor } from './compactor.ts'
import type { FolderDocuments, FolderProjector } from './folders/folder-documents.ts'
import { startHousekeeping } from './housekeeping.ts'
import type { LiveDocuments } from './live-documents.ts'
import { openParts } from './live-parts.ts'
import type { PersonLimits } from './live-people.ts'
import type { SpaceSeqs } from './space-seqs.ts'
import type { SocketLimits } from './socket-limits.ts'
import { createTicket } from './routes/create-ticket.ts'

export interface LiveOptions {
  readonly db: Database
  readonly keys: KeyRing
  readonly identity: Identity
  readonly access: Access
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
  readonly links: ClusterLinks
  /** What the documents in memory may take together, in bytes; shadows of folders come on top. */
  readonly documentMemoryBytes: number
  /** How long a document that nobody has open stays in memory. */
  readonly idleMs?: number
  readonly limits?: SocketLimits
  readonly personLimits?: PersonLimits
  /**
   * `memory` acknowledges before the commit. Tests of durability use it as their control; it loses
   * what was acknowledged, and nothing else may set it.
   */
  readonly acknowledge?: 'durable' | 'memory'
  /**
   * `applied` tells the other servers of what is applied before it is committed. The control of the tests
   * with several servers; edits that build on what is lost then are lost too. Nothing else may set it.
   */
  readonly publish?: 'committed' | 'applied'
  /** Makes what the tree makes of the updates that clients send into folders. */
  readonly openProjector: (documents: LiveDocuments) => FolderProjector
}

/** The live core: text documents that people edit together, durable before they are acknowledged. */
export interface Live extends AsyncDisposable {
  readonly documents: LiveDocuments
  readonly folders: FolderDocuments
  readonly endpoints: readonly Endpoint[]
  readonly spaceSeqs: SpaceSeqs
  /** Takes an HTTP upgrade, if it is for a live endpoint; says whether it was. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Calls `listener` when the server stops; those who wait for something need not any more. */
  onDraining(listener: () => void): void
  /** Takes no more sockets, makes durable what was received, and sends everybody away. */
  drain(): Promise<void>
  /** Why the log cannot be trusted to take updates just now, or `undefined`. */
  findTrouble(): string | undefined
  /** Folds what can be folded and sheds old history now; for tests and the bench. */
  readonly compactor: Compactor
}

/** A commit that takes longer than this is trouble that operators must see. */
const maxLogLagMs = 5_000

export async function openLive(options: LiveOptions): Promise<Live> {
  const log = options.log.child({ component: 'live' })
  const parts = openParts({ ...options, log })
  const { server, rooms, compactor, quarantine, updateLog } = parts
  options.identity.onSessionEnded(({ sessionId }) => server.endSession(sessionId))
  options.identity.onSessionsVoided(() => void server.reviewAccess())
  options.access.onAccessChanged((change) => void server.reviewAccess(change))
  let isDraining = false
  const drainListeners: (() => void)[] = []
  const stopHousekeeping = startHousekeeping({ server, rooms, compactor, quarantine, log })
  return {
    documents: parts.documents,
    folders: parts.folders,
    endpoints: [createTicket(options)],
    spaceSeqs: parts.seqs,
    handleUpgrade: (request, socket, head) => server.handleUpgrade(request, socket, head),
    onDraining: (listener) => void drainListeners.push(listener),
    drain() {
      isDraining = true
      for (const listener of drainListeners) listener()
      return server.close()
    },
    findTrouble() {
      if (isDraining) return 'the server stops'
      return updateLog.lagMs > maxLogLagMs ? 'the update log does not answer' : undefined
    },
    compactor,
    async [Symbol.asyncDispose]() {
      stopHousekeeping()
      parts.cluster.close()
      parts.watches.close()
      parts.seqs[Symbol.dispose]()
      parts.fullSpaces[Symbol.dispose]()
      await server.close()
      await updateLog.flush()
      rooms.dropAll()
      await compactor[Symbol.asyncDispose]()
    },
  }
}
