import * as Y from 'yjs'
import type { DocumentKey, DocumentStore, PendingEntry, StoredDocument } from './document-store.ts'

/** After so many written updates the log is folded into the snapshot. */
const compactEvery = 300
/** Remote updates can be fetched again; they are written in larger heaps. */
const remoteDelayMs = 2_000

export interface JournalTimers {
  set(callback: () => void, ms: number): unknown
  clear(timer: unknown): void
}

/**
 * Writes one open document to the store. Local updates are written at once, together with whatever
 * arrived before them, since they may build on it; one transaction is under way at a time and takes
 * all that has gathered meanwhile.
 *
 * A store that fails (full disk, private window) is given up: `isPersistent` turns false, and the
 * page must not say that anything is kept on this device.
 */
export class DocumentJournal {
  readonly #store: DocumentStore | undefined
  readonly #key: DocumentKey
  readonly #writer: string
  readonly #timers: JournalTimers
  readonly #onFailed: () => void
  #queue: Uint8Array[] = []
  #edits = 0
  #writtenEdits = 0
  #restored: readonly PendingEntry[] = []
  #sinceCompaction = 0
  #timer: unknown
  #writing: Promise<void> | undefined
  #hasFailed: boolean

  constructor(options: {
    readonly store: DocumentStore | undefined
    readonly key: DocumentKey
    /** A name of this page, unlike that of any other. */
    readonly writer: string
    readonly timers: JournalTimers
    readonly onFailed: () => void
  }) {
    this.#store = options.store
    this.#key = options.key
    this.#writer = options.writer
    this.#timers = options.timers
    this.#onFailed = options.onFailed
    this.#hasFailed = options.store === undefined
  }

  get isPersistent(): boolean {
    return !this.#hasFailed
  }

  /** What earlier pages have left. Call it once, before anything is written. */
  async load(): Promise<StoredDocument> {
    const nothing: StoredDocument = { updates: [], pending: [] }
    if (!this.#store) return nothing
    try {
      const stored = await this.#store.load(this.#key)
      this.#restored = stored.pending
      this.#sinceCompaction = stored.updates.length
      return stored
    } catch {
      this.#fail()
      return nothing
    }
  }

  /** `edits` is the number of local edits of this page that the server has not acknowledged. */
  append(update: Uint8Array, origin: 'local' | 'remote', edits: number): void {
    if (this.#hasFailed) return
    this.#queue.push(update)
    this.#edits = edits
    if (origin === 'local') this.#flush()
    else this.#timer ??= this.#timers.set(() => this.#flush(), remoteDelayMs)
  }

  /** The server has acknowledged edits of this page; `edits` are left. */
  acknowledge(edits: number): void {
    this.#edits = edits
    if (edits === 0) this.#flush()
  }

  /** The server has everything that earlier pages left behind. */
  async settleRestored(): Promise<void> {
    const entries = this.#restored
    this.#restored = []
    if (entries.length > 0) await this.#guard((store) => store.settlePending(this.#key, entries))
  }

  /** Resolves when all that was appended is written. */
  async flushed(): Promise<void> {
    this.#flush()
    while (this.#writing) await this.#writing
  }

  /** Forgets the document on this device: what it holds was refused, or is of no use any more. */
  async drop(): Promise<void> {
    this.#queue = []
    this.#timers.clear(this.#timer)
    while (this.#writing) await this.#writing
    await this.#guard((store) => store.remove(this.#key))
    this.#hasFailed = true
  }

  async close(): Promise<void> {
    await this.flushed()
    if (this.#sinceCompaction > 1) await this.#compact()
  }

  #flush(): void {
    this.#timers.clear(this.#timer)
    this.#timer = undefined
    if (this.#hasFailed || this.#writing) return
    if (this.#queue.length === 0 && this.#edits === this.#writtenEdits) return
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined
      this.#flush()
    })
  }

  async #write(): Promise<void> {
    const updates = this.#queue
    const edits = this.#edits
    this.#queue = []
    this.#writtenEdits = edits
    const merged = updates.length > 1 ? [Y.mergeUpdates(updates)] : updates
    await this.#guard((store) => store.append(this.#key, merged, { writer: this.#writer, edits }))
    this.#sinceCompaction += merged.length
    if (this.#sinceCompaction >= compactEvery) await this.#compact()
  }

  async #compact(): Promise<void> {
    this.#sinceCompaction = 1
    await this.#guard((store) => store.compact(this.#key, mergeUpdates, Date.now()))
  }

  async #guard(work: (store: DocumentStore) => Promise<void>): Promise<void> {
    if (!this.#store || this.#hasFailed) return
    try {
      await work(this.#store)
    } catch {
      this.#fail()
    }
  }

  #fail(): void {
    this.#hasFailed = true
    this.#queue = []
    this.#onFailed()
  }
}

/** Through a document, which drops what is deleted; `Y.mergeUpdates` would keep it for ever. */
function mergeUpdates(updates: readonly Uint8Array[]): Uint8Array {
  const document = new Y.Doc()
  try {
    document.transact(() => {
      for (const update of updates) Y.applyUpdate(document, update)
    })
    return Y.encodeStateAsUpdate(document)
  } finally {
    document.destroy()
  }
}
