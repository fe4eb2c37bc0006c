import {
  closeCodes,
  folderDocumentName,
  parseDocumentName,
  textDocumentName,
  type CloseCode,
  type DocumentRef,
  type NodeId,
  type UserId,
} from '@cloudsync/protocol'
import type { Document } from '@hocuspocus/server'
import type { Logger } from 'pino'
import { isUnavailable } from '#platform/db/database-errors.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { unpackCheckpoint } from './checkpoint.ts'
import type { FanOut } from './cluster/fan-out.ts'
import type { Compactor } from './compactor.ts'
import { fillDocument } from './document-loading.ts'
import type { DocumentStore } from './document-store.ts'
import type { CommittedFolder } from './folders/folder-transactions.ts'
import { LiveDocument } from './live-document.ts'
import type { LiveHocuspocus } from './live-hocuspocus.ts'
import type { LiveMetrics } from './live-metrics.ts'
import { MemoryBudget } from './memory-budget.ts'
import type { UpdateLog } from './update-log.ts'

export interface LiveRoomsOptions {
  readonly store: DocumentStore
  readonly log: UpdateLog
  readonly compactor: Compactor
  readonly fanOut: FanOut
  readonly logger: Logger
  readonly metrics: LiveMetrics
  readonly maxMemoryBytes: number
  readonly idleMs: number
  /** Runs `work` while no transaction of this server is under way on a folder. */
  readonly exclusively: <T>(folderId: NodeId, work: () => Promise<T>) => Promise<T>
}

/** The updates that make up a document, as they are stored. */
export interface StoredUpdates {
  readonly checkpoint: Uint8Array | undefined
  /** The rows after it, with what was deleted since. */
  readonly tail: readonly Uint8Array[]
}

type OnRead = (stored: StoredUpdates) => void

/**
 * The documents in memory: how they come in, and how they leave, by being idle or by being given up.
 */
export class LiveRooms {
  readonly budget: MemoryBudget<LiveDocument>
  readonly #options: LiveRoomsOptions
  readonly #byDocument = new WeakMap<Document, LiveDocument>()
  /** By document name; also those that Hocuspocus is still opening. */
  readonly #loaded = new Map<string, LiveDocument>()
  #hocuspocus: LiveHocuspocus | undefined

  constructor(options: LiveRoomsOptions) {
    this.#options = options
    this.budget = new MemoryBudget({
      maxBytes: options.maxMemoryBytes,
      idleMs: options.idleMs,
      unload: (live) => this.#unload(live),
      closeTo: (live) => live.closeSockets(closeCodes.rateLimited),
    })
  }

  /** Hocuspocus calls back into the rooms, so it is made after them. */
  attach(hocuspocus: LiveHocuspocus): void {
    this.#hocuspocus = hocuspocus
  }

  get #hp(): LiveHocuspocus {
    if (!this.#hocuspocus) throw new Error('No Hocuspocus is attached')
    return this.#hocuspocus
  }

  find(document: Document): LiveDocument | undefined {
    return this.#byDocument.get(document)
  }

  isCurrent(live: LiveDocument): boolean {
    return this.#hp.isCurrent(live.document)
  }

  /**
   * Fills a document that Hocuspocus has just made, for somebody, or for the server. Throws when there is none of this
   * name. `onRead` is given what it is made of, before that is put together.
   */
  async load(
    document: Document,
    userId: UserId | undefined,
    onRead: OnRead,
  ): Promise<LiveDocument> {
    const ref = parseDocumentName(document.name)
    if (!ref) throw new ProblemError('not_found')
    if (this.budget.isExhausted)
      throw new ProblemError('unavailable', { detail: 'Too many documents are open' })
    if (userId !== undefined && this.budget.isShareExhausted(userId))
      throw new ProblemError('unavailable', { detail: 'You have too much open' })
    if (ref.kind === 'folder')
      // What is committed while it loads must neither be missed nor come before it.
      return this.#options.exclusively(ref.nodeId, () => this.#load(document, ref, onRead))
    // A load that overtook the log would lack what this server has just applied and logged.
    await this.#options.log.settled(ref.nodeId)
    return this.#load(document, ref, onRead)
  }

  async #load(document: Document, ref: DocumentRef, onRead: OnRead): Promise<LiveDocument> {
    // From before the reading on, so that what is committed meanwhile is not missed.
    using following = this.#options.fanOut.follow(ref.nodeId)
    const stored = await this.#options.store.find(ref.nodeId)
    if (!stored) throw new ProblemError('not_found')
    const checkpoint = stored.checkpoint && (await unpackCheckpoint(stored.checkpoint))
    onRead({ checkpoint, tail: stored.rows.map(({ payload }) => payload) })
    // Hocuspocus keeps what changes until the turn ends, for people who have come in by then.
    const { flushDelay } = document
    document.flushDelay = false
    await fillDocument(document, checkpoint, stored.rows)
    document.flushDelay = flushDelay
    const live: LiveDocument = new LiveDocument({
      document,
      kind: ref.kind,
      stored,
      log: this.#options.log,
      requestCompaction: (nodeId) => this.#options.compactor.request(nodeId),
      onGap: () => this.#options.fanOut.missed(live),
    })
    this.#byDocument.set(document, live)
    this.#loaded.set(document.name, live)
    this.budget.add(live)
    following.attach(live)
    return live
  }

  /** Opens a document for the server itself. Whoever calls this must `release` it. */
  async acquire(nodeId: NodeId): Promise<LiveDocument> {
    for (;;) {
      const document = await this.#hp.createDocument(
        textDocumentName(nodeId),
        new Request('http://localhost/'),
        'server',
        { isAuthenticated: true, readOnly: false },
        {},
      )
      const live = this.#byDocument.get(document)
      // It may have been given up between its load and this moment.
      if (!live || !this.isCurrent(live)) continue
      live.pins += 1
      return live
    }
  }

  release(live: LiveDocument): void {
    live.pins -= 1
    live.lastUsedAtMs = performance.now()
  }

  /** Lets a document leave memory that nobody has open. */
  unloadIdle(live: LiveDocument): void {
    if (live.isIdle) void this.#unload(live)
  }

  findByNode(nodeId: NodeId): LiveDocument | undefined {
    const name = textDocumentName(nodeId)
    const document =
      this.#hp.documents.get(name) ?? this.#hp.documents.get(folderDocumentName(nodeId))
    return document && this.#byDocument.get(document)
  }

  /** Hands what was committed of a folder to the people who have it open, or are about to. */
  publish(committed: CommittedFolder): void {
    const live = this.#loaded.get(folderDocumentName(committed.folderId))
    if (live && !live.document.isDestroyed) live.receiveCommitted(committed)
  }

  /**
   * Gives a document up at once: what is in memory may differ from the log. Everybody's sockets are
   * closed; clients hold what was not acknowledged, and the next load is from the log.
   */
  evict(live: LiveDocument, reason: string, code: CloseCode = closeCodes.storeFailed): void {
    if (!this.isCurrent(live)) return
    this.#options.metrics.evictions.inc({ reason })
    this.#options.logger.warn({ documentId: live.nodeId, reason }, 'document given up')
    this.#hp.documents.delete(live.document.name)
    this.#forget(live)
    live.closeSockets(code)
    // Frames under way on other turns still refer to it; its timers end with it.
    setImmediate(() => this.#hp.drop(live.document))
  }

  /** Gives up those of the documents that are in memory. */
  evictAll(nodeIds: Iterable<NodeId>, reason: string): void {
    for (const id of nodeIds) {
      const live = this.findByNode(id)
      if (live) this.evict(live, reason)
    }
  }

  /** Reads the rows that are missing: other servers', or those of an append whose outcome nobody knew. */
  async catchUp(live: LiveDocument): Promise<void> {
    const { store, logger, metrics } = this.#options
    try {
      const { epoch, seq } = live.position
      const news = await store.findNews(live.nodeId, { epoch, seq })
      if (live.document.isDestroyed || news.kind === 'none') return
      if (news.kind === 'rows') {
        metrics.foreignRows.inc({ source: 'log' }, news.payloads.length)
        live.receiveForeign(news.position, news.payloads)
      } else if (news.stored.epoch === epoch) live.receiveStored(news.state, news.stored)
      else this.evict(live, 'sealed', closeCodes.sealed)
    } catch (error) {
      logger.warn({ err: error, documentId: live.nodeId }, 'catching up failed')
      if (!isUnavailable(error)) this.evict(live, 'catch_up_failed')
    }
  }

  /** The documents in memory. */
  get all(): LiveDocument[] {
    return [...this.#loaded.values()]
  }

  /** Ends all documents; their timers would keep the process. */
  dropAll(): void {
    for (const document of this.#hp.documents.values()) this.#hp.drop(document)
  }

  async #unload(live: LiveDocument): Promise<void> {
    await live.settled().catch(() => undefined)
    if (!live.isIdle || !this.isCurrent(live)) return
    live.foldWhatIsLeft()
    this.#forget(live)
    this.#hp.drop(live.document)
  }

  #forget(live: LiveDocument): void {
    this.budget.delete(live)
    this.#options.fanOut.forget(live)
    if (this.#loaded.get(live.document.name) === live) this.#loaded.delete(live.document.name)
  }
}
