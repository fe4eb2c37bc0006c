import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Pool, QueryConfig } from 'pg'
import type { DocumentSeals } from './document-seals.ts'
import type { LogPosition } from './live-documents.ts'

/**
 * The append-only log of Yjs updates.
 *
 * Group commit: one statement is in flight at a time, for all documents. An idle server commits at the
 * end of the current turn. A busy one gathers what comes while a statement is under way, and until
 * `commitIntervalMs` after it began: a commit costs the same for one row as for ten, and on a machine
 * that is short of processors it is the cost and not the wait that makes the slowest of them slow.
 *
 * The log keeps the order of `append` calls per document, and that is the order in which updates were
 * applied in memory: whoever's edit is durable, what it builds on is durable too.
 */
export interface AppendRequest {
  readonly documentId: NodeId
  /** The epoch that the caller has loaded; a document that has moved on refuses the append. */
  readonly epoch: number
  readonly authorId: UserId | null
  readonly payload: Uint8Array
}

/** An append failed, or nobody can tell whether it did: the document in memory must be given up. */
export class AppendFailedError extends Error {
  override readonly name = 'AppendFailedError'
  readonly documentId: NodeId

  constructor(documentId: NodeId, cause: unknown) {
    super(`The update log of ${documentId} could not be written`, { cause })
    this.documentId = documentId
  }
}

export interface UpdateLogOptions {
  readonly pool: Pick<Pool, 'query'>
  readonly seals: DocumentSeals
  /**
   * Called with the documents of a failed append, before any of their promises is rejected, so that
   * nobody can build on them in between. Must not throw.
   */
  readonly onFailed: (documentIds: ReadonlySet<NodeId>) => void
  /**
   * Called before `onFailed` for each document whose epoch has ended, or that is gone, with the author of
   * the last of the appends that it refused. Must not throw.
   */
  readonly onFenced?: (fenced: { nodeId: NodeId; authorId: UserId | null }) => void
  /** Called with what is about to be committed. For control runs; must not throw. */
  readonly onAppending?: (request: AppendRequest) => void
  /** Called once per document of a commit. Must not throw. */
  readonly onAppended?: (appended: AppendedRows) => void
  readonly onCommit?: (commit: { rows: number; bytes: number; durationMs: number }) => void
  /** A statement that takes longer counts as failed: its outcome is unknown. */
  readonly timeoutMs?: number
}

/** What a commit has added to one document. */
export interface AppendedRows {
  readonly nodeId: NodeId
  /** Of the last row. */
  readonly authorId: UserId | null
  readonly position: LogPosition
  readonly payloads: readonly Uint8Array[]
}

interface Waiting extends AppendRequest {
  readonly resolve: (position: LogPosition) => void
  readonly reject: (error: AppendFailedError) => void
}

/** Bounds of one statement, so that one huge paste does not hold up everybody's keystrokes for long. */
const maxBatchRows = 2_000
const maxBatchBytes = 4 * 1024 * 1024

/** The least time between the beginnings of two commits. */
const commitIntervalMs = 1

/**
 * Gives each document its next sequence numbers and writes its rows in one statement. Documents are
 * locked in the order of their ids, so that two servers never wait for each other in a circle. Those
 * whose epoch is another one get no row and are missing from the answer. The payloads travel as one byte
 * string and are cut in the database, which spares the encoding of an array of byte strings.
 */
const appendSql = `
WITH heads AS (
  SELECT d.id, h.epoch, h.n, h.place
  FROM unnest($1::uuid[], $2::int[], $3::int[]) WITH ORDINALITY AS h (id, epoch, n, place)
  JOIN documents d ON d.id = h.id AND d.epoch = h.epoch
  ORDER BY d.id FOR NO KEY UPDATE OF d
), taken AS (
  UPDATE documents d SET seq = d.seq + heads.n FROM heads
  WHERE d.id = heads.id AND d.epoch = heads.epoch
  RETURNING d.id, d.epoch, d.seq, heads.n, heads.place
), written AS (
  INSERT INTO update_log (document_id, seq, author_id, payload, key_id)
  SELECT t.id, t.seq - t.n + r.ordinal, r.author_id, substring($4::bytea FROM r.start FOR r.length),
    r.key_id
  FROM unnest($5::int[], $6::int[], $7::uuid[], $8::int[], $9::int[], $10::int[])
    AS r (head, ordinal, author_id, start, length, key_id)
  JOIN taken t ON t.place = r.head
)
SELECT id, epoch, seq::float8 AS seq, n FROM taken`

/** A document in a batch: its place among them, from 1, and how many rows it gets. */
interface BatchHead {
  readonly documentId: NodeId
  readonly epoch: number
  readonly place: number
  n: number
}

/** The values of `appendSql`. */
function appendValues(batch: readonly Waiting[], seals: DocumentSeals): unknown[] {
  const heads = new Map<string, BatchHead>()
  const rows = batch.map(({ documentId, epoch }) => {
    const key = `${documentId} ${epoch}`
    const head = heads.get(key) ?? { documentId, epoch, place: heads.size + 1, n: 0 }
    head.n += 1
    heads.set(key, head)
    return { head: head.place, ordinal: head.n }
  })
  const sealed = batch.map(({ documentId, payload }) => seals.seal(documentId, 'update', payload))
  let end = 0
  const starts = sealed.map(({ bytes }) => (end += bytes.length) - bytes.length + 1)
  const documents = [...heads.values()]
  return [
    arrayLiteral(documents.map((head) => head.documentId)),
    arrayLiteral(documents.map((head) => head.epoch)),
    arrayLiteral(documents.map((head) => head.n)),
    Buffer.concat(sealed.map(({ bytes }) => bytes)),
    arrayLiteral(rows.map((row) => row.head)),
    arrayLiteral(rows.map((row) => row.ordinal)),
    arrayLiteral(batch.map((entry) => entry.authorId)),
    arrayLiteral(starts),
    arrayLiteral(sealed.map(({ bytes }) => bytes.length)),
    arrayLiteral(sealed.map(({ keyId }) => keyId)),
  ]
}

/** Ids and numbers need no quotes; the driver would look for what does in each. */
function arrayLiteral(values: readonly (number | NodeId | UserId | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`
}

interface TakenRow {
  readonly id: NodeId
  readonly epoch: number
  readonly seq: number
  readonly n: number
}

export class UpdateLog {
  readonly #options: UpdateLogOptions
  #waiting: Waiting[] = []
  /** The batch under way, and the promise of its end. */
  #inFlight: { readonly batch: readonly Waiting[]; readonly since: number } | undefined
  #scheduled = false
  #committedAtMs = -Infinity
  #idleListeners: (() => void)[] = []

  constructor(options: UpdateLogOptions) {
    this.#options = options
  }

  /**
   * Appends one update. Resolves with its position when it is durable; rejects with an
   * `AppendFailedError` when it is not, or may not be.
   */
  append(request: AppendRequest): Promise<LogPosition> {
    this.#options.onAppending?.(request)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...request, resolve, reject })
      this.#schedule()
    })
  }

  /** Resolves when no append of a document, made before this call, is outstanding. Never rejects. */
  async settled(documentId: NodeId): Promise<void> {
    while (this.isAppending(documentId)) await this.#nextCommit()
  }

  /** Resolves when everything appended before this call has an outcome. */
  async flush(): Promise<void> {
    while (this.#inFlight || this.#waiting.length > 0) await this.#nextCommit()
  }

  /** How long the oldest append has waited, in milliseconds. */
  get lagMs(): number {
    return this.#inFlight ? performance.now() - this.#inFlight.since : 0
  }

  get outstanding(): number {
    return this.#waiting.length + (this.#inFlight?.batch.length ?? 0)
  }

  /** Whether an append of a document is outstanding. */
  isAppending(documentId: NodeId): boolean {
    const concerns = (entry: Waiting) => entry.documentId === documentId
    return this.#waiting.some(concerns) || (this.#inFlight?.batch.some(concerns) ?? false)
  }

  #nextCommit(): Promise<void> {
    return new Promise((resolve) => this.#idleListeners.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight) return
    this.#scheduled = true
    const commit = () => {
      this.#scheduled = false
      void this.#commitBatch()
    }
    const waitMs = this.#committedAtMs + commitIntervalMs - performance.now()
    // Behind the broadcast to the people here, which Hocuspocus has put off to the end of this turn too.
    if (waitMs <= 0) setImmediate(commit)
    else setTimeout(commit, waitMs)
  }

  async #commitBatch(): Promise<void> {
    const batch = this.#takeBatch()
    if (batch.length === 0) return
    const since = performance.now()
    this.#committedAtMs = since
    this.#inFlight = { batch, since }
    const outcome = await this.#write(batch)
    this.#inFlight = undefined
    this.#settle(batch, outcome)
    this.#options.onCommit?.({
      rows: batch.length,
      bytes: batch.reduce((sum, entry) => sum + entry.payload.length, 0),
      durationMs: performance.now() - since,
    })
    for (const listener of this.#idleListeners.splice(0)) listener()
    if (this.#waiting.length > 0) this.#schedule()
  }

  #takeBatch(): Waiting[] {
    let bytes = 0
    let rows = 0
    for (const entry of this.#waiting) {
      bytes += entry.payload.length
      if (rows > 0 && (rows >= maxBatchRows || bytes > maxBatchBytes)) break
      rows += 1
    }
    return this.#waiting.splice(0, rows)
  }

  /** The last sequence number and row count of each document, or the error. */
  async #write(batch: readonly Waiting[]): Promise<Map<NodeId, TakenRow> | Error> {
    try {
      const { rows } = await this.#options.pool.query<TakenRow>({
        name: 'append-updates',
        text: appendSql,
        values: appendValues(batch, this.#options.seals),
        // The pool closes a connection whose query timed out, so a late answer reaches nobody.
        query_timeout: this.#options.timeoutMs ?? 15_000,
      } as QueryConfig)
      return new Map(rows.map((row) => [row.id, row]))
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #settle(batch: readonly Waiting[], outcome: Map<NodeId, TakenRow> | Error): void {
    const failed = new Set<NodeId>()
    const next = new Map<NodeId, number>()
    for (const { documentId, epoch } of batch) {
      const taken = outcome instanceof Error ? undefined : outcome.get(documentId)
      if (!taken || taken.epoch !== epoch) failed.add(documentId)
      else next.set(documentId, taken.seq - taken.n)
    }
    const cause =
      outcome instanceof Error ? outcome : new Error('The document is gone or has moved on')
    if (failed.size > 0) {
      if (!(outcome instanceof Error)) this.#tellFenced(failed, batch)
      this.#fail(failed, batch, cause)
    }
    const appended = new Map<NodeId, AppendedRows & { readonly payloads: Uint8Array[] }>()
    for (const entry of batch) {
      if (failed.has(entry.documentId)) continue
      const position = { epoch: entry.epoch, seq: (next.get(entry.documentId) ?? 0) + 1 }
      next.set(entry.documentId, position.seq)
      const payloads = appended.get(entry.documentId)?.payloads ?? []
      payloads.push(entry.payload)
      const { documentId: nodeId, authorId } = entry
      appended.set(nodeId, { nodeId, authorId, position, payloads })
      entry.resolve(position)
    }
    for (const rows of appended.values()) this.#options.onAppended?.(rows)
  }

  #tellFenced(failed: ReadonlySet<NodeId>, batch: readonly Waiting[]): void {
    for (const nodeId of failed) {
      const last = batch.findLast((entry) => entry.documentId === nodeId)
      this.#options.onFenced?.({ nodeId, authorId: last?.authorId ?? null })
    }
  }

  /** What waits behind a failed append of the same document builds on it, and fails with it. */
  #fail(failed: ReadonlySet<NodeId>, batch: readonly Waiting[], cause: Error): void {
    this.#options.onFailed(failed)
    const behind = this.#waiting.filter((entry) => failed.has(entry.documentId))
    this.#waiting = this.#waiting.filter((entry) => !failed.has(entry.documentId))
    for (const entry of [...batch.filter((one) => failed.has(one.documentId)), ...behind])
      entry.reject(new AppendFailedError(entry.documentId, cause))
  }
}
