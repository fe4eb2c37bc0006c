import type { NodeId, UserId } from '@cloudsync/protocol'

/**
 * Open documents kept on this device, so that edits outlive a reload without a network.
 *
 *   documents  user/node → one merged Yjs update (the snapshot), when it was last used
 *   updates    the Yjs updates since the snapshot, in the order in which they were written
 *   pending    user/node, writer → how many edits of that page the server had not acknowledged
 *   drafts     texts that the server refused, for a person to copy or download
 *
 * Several tabs may write the same document: updates commute, and compaction replaces exactly the rows
 * that it has read. Client ids are not kept: every page load makes a new one, or two tabs could write
 * under the same.
 */
export interface DocumentKey {
  readonly userId: UserId
  readonly nodeId: NodeId
}

export interface StoredDocument {
  /** Snapshot and updates; empty when nothing is kept. */
  readonly updates: readonly Uint8Array[]
  /** What earlier pages left unacknowledged. */
  readonly pending: readonly PendingEntry[]
}

export interface PendingEntry {
  readonly writer: string
  readonly edits: number
}

export interface Draft {
  readonly id: string
  readonly userId: UserId
  readonly nodeId: NodeId
  readonly fileName: string
  readonly text: string
  readonly reason: string
  readonly createdAt: number
}

interface DocumentRow {
  readonly key: string
  readonly userId: UserId
  readonly nodeId: NodeId
  readonly snapshot: Uint8Array
  readonly usedAt: number
}

interface UpdateRow {
  readonly key: string
  readonly update: Uint8Array
}

interface PendingRow extends PendingEntry {
  readonly key: string
  readonly userId: UserId
  readonly nodeId: NodeId
}

const stores = ['documents', 'updates', 'pending', 'drafts'] as const
type StoreName = (typeof stores)[number]

export class DocumentStore {
  readonly #database: IDBDatabase

  private constructor(database: IDBDatabase) {
    this.#database = database
  }

  /** Opens the one database of this origin. Throws when the browser keeps nothing. */
  static async open(factory: IDBFactory, name = 'cloudsync'): Promise<DocumentStore> {
    const request = factory.open(name, 1)
    request.addEventListener('upgradeneeded', () => createStores(request.result))
    const database = await settled(request)
    // A newer page wants to change the schema: do not stand in its way.
    database.addEventListener('versionchange', () => database.close())
    return new DocumentStore(database)
  }

  close(): void {
    this.#database.close()
  }

  async load(key: DocumentKey): Promise<StoredDocument> {
    const id = join(key)
    return this.#transact('readonly', ['documents', 'updates', 'pending'], async (tx) => {
      const [document, updates, pending] = await Promise.all([
        settled<DocumentRow | undefined>(tx.objectStore('documents').get(id)),
        settled<UpdateRow[]>(tx.objectStore('updates').index('key').getAll(id)),
        settled<PendingRow[]>(tx.objectStore('pending').getAll(pendingRange(id))),
      ])
      return {
        updates: [...(document ? [document.snapshot] : []), ...updates.map((row) => row.update)],
        pending: pending.map(({ writer, edits }) => ({ writer, edits })),
      }
    })
  }

  /** Appends updates and notes how many edits `pending.writer` waits for, in one transaction. */
  async append(
    key: DocumentKey,
    updates: readonly Uint8Array[],
    pending: PendingEntry,
  ): Promise<void> {
    await this.#transact('readwrite', ['updates', 'pending'], async (tx) => {
      for (const update of updates) {
        tx.objectStore('updates').add({ key: join(key), update } satisfies UpdateRow)
      }
      writePending(tx, key, pending)
    })
  }

  async setPending(key: DocumentKey, pending: PendingEntry): Promise<void> {
    await this.#transact('readwrite', ['pending'], async (tx) => writePending(tx, key, pending))
  }

  /** Removes entries of earlier pages, unless they have changed since they were read. */
  async settlePending(key: DocumentKey, entries: readonly PendingEntry[]): Promise<void> {
    await this.#transact('readwrite', ['pending'], async (tx) => {
      const store = tx.objectStore('pending')
      for (const { writer, edits } of entries) {
        const row = await settled<PendingRow | undefined>(store.get([join(key), writer]))
        if (row?.edits === edits) store.delete([join(key), writer])
      }
    })
  }

  /** Replaces the snapshot and the updates that are there by what `merge` makes of them. */
  async compact(
    key: DocumentKey,
    merge: (updates: readonly Uint8Array[]) => Uint8Array,
    now: number,
  ): Promise<void> {
    const id = join(key)
    await this.#transact('readwrite', ['documents', 'updates'], async (tx) => {
      const index = tx.objectStore('updates').index('key')
      const [document, rows, rowKeys] = await Promise.all([
        settled<DocumentRow | undefined>(tx.objectStore('documents').get(id)),
        settled<UpdateRow[]>(index.getAll(id)),
        settled<IDBValidKey[]>(index.getAllKeys(id)),
      ])
      const updates = [...(document ? [document.snapshot] : []), ...rows.map((row) => row.update)]
      if (updates.length === 0) return
      const snapshot = merge(updates)
      tx.objectStore('documents').put({
        key: id,
        ...key,
        snapshot,
        usedAt: now,
      } satisfies DocumentRow)
      for (const rowKey of rowKeys) tx.objectStore('updates').delete(rowKey)
    })
  }

  async remove(key: DocumentKey): Promise<void> {
    await this.#transact('readwrite', ['documents', 'updates', 'pending'], async (tx) => {
      await removeDocument(tx, join(key))
    })
  }

  /** Nodes with edits that the server has not acknowledged. */
  async listPendingNodes(userId: UserId): Promise<NodeId[]> {
    return this.#transact('readonly', ['pending'], async (tx) => {
      const rows = await settled<PendingRow[]>(tx.objectStore('pending').getAll())
      return [...new Set(rows.filter((row) => row.userId === userId).map((row) => row.nodeId))]
    })
  }

  /**
   * Removes documents that hold nothing which is not on the server: all of a user who signs out, or
   * all but the `keep` that were used last.
   */
  async removeClean(userId: UserId, keep = 0): Promise<void> {
    await this.#transact('readwrite', ['documents', 'updates', 'pending'], async (tx) => {
      const [documents, unfolded, pending] = await Promise.all([
        settled<DocumentRow[]>(tx.objectStore('documents').getAll()),
        listUniqueKeys(tx.objectStore('updates').index('key')),
        settled<PendingRow[]>(tx.objectStore('pending').getAll()),
      ])
      // A page that was torn away leaves updates without a snapshot.
      const usedAt = new Map(unfolded.map((id) => [id, 0]))
      for (const row of documents) usedAt.set(row.key, row.usedAt)
      const dirty = new Set(pending.map((row) => row.key))
      const clean = [...usedAt]
        .filter(([id]) => id.startsWith(`${userId}/`) && !dirty.has(id))
        .toSorted(([, a], [, b]) => b - a)
      for (const [id] of clean.slice(keep)) await removeDocument(tx, id)
    })
  }

  async saveDraft(draft: Draft): Promise<void> {
    await this.#transact('readwrite', ['drafts'], async (tx) => {
      tx.objectStore('drafts').put(draft)
    })
  }

  async listDrafts(key: DocumentKey): Promise<Draft[]> {
    return this.#transact('readonly', ['drafts'], async (tx) => {
      const drafts = await settled<Draft[]>(tx.objectStore('drafts').getAll())
      return drafts
        .filter((draft) => draft.userId === key.userId && draft.nodeId === key.nodeId)
        .toSorted((a, b) => b.createdAt - a.createdAt)
    })
  }

  async deleteDraft(id: string): Promise<void> {
    await this.#transact('readwrite', ['drafts'], async (tx) => {
      tx.objectStore('drafts').delete(id)
    })
  }

  /** Runs `work` in a transaction and resolves when it is committed. `work` may await its requests only. */
  async #transact<T>(
    mode: IDBTransactionMode,
    names: readonly StoreName[],
    work: (tx: IDBTransaction) => Promise<T>,
  ): Promise<T> {
    const tx = this.#database.transaction([...names], mode)
    const committed = new Promise<void>((resolve, reject) => {
      tx.addEventListener('complete', () => resolve())
      tx.addEventListener('abort', () =>
        reject(tx.error ?? new Error('The transaction was aborted')),
      )
    })
    // Awaited below; until then a failure must not count as unhandled.
    committed.catch(() => undefined)
    try {
      const result = await work(tx)
      await committed
      return result
    } catch (error) {
      abort(tx)
      throw error
    }
  }
}

function createStores(database: IDBDatabase): void {
  database.createObjectStore('documents', { keyPath: 'key' })
  database.createObjectStore('updates', { autoIncrement: true }).createIndex('key', 'key')
  database.createObjectStore('pending', { keyPath: ['key', 'writer'] })
  database.createObjectStore('drafts', { keyPath: 'id' })
}

function writePending(tx: IDBTransaction, key: DocumentKey, pending: PendingEntry): void {
  const store = tx.objectStore('pending')
  if (pending.edits === 0) store.delete([join(key), pending.writer])
  else store.put({ key: join(key), ...key, ...pending } satisfies PendingRow)
}

async function removeDocument(tx: IDBTransaction, id: string): Promise<void> {
  tx.objectStore('documents').delete(id)
  tx.objectStore('pending').delete(pendingRange(id))
  const updates = tx.objectStore('updates')
  for (const rowKey of await settled<IDBValidKey[]>(updates.index('key').getAllKeys(id))) {
    updates.delete(rowKey)
  }
}

async function listUniqueKeys(index: IDBIndex): Promise<string[]> {
  const keys: string[] = []
  const request = index.openKeyCursor(null, 'nextunique')
  for (let cursor = await settled(request); cursor; cursor = await settled(request)) {
    keys.push(cursor.key as string)
    cursor.continue()
  }
  return keys
}

/** All writers of one document: arrays sort after strings in IndexedDB's order. */
function pendingRange(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []])
}

function join(key: DocumentKey): string {
  return `${key.userId}/${key.nodeId}`
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () =>
      reject(request.error ?? new Error('The request failed')),
    )
  })
}

function abort(tx: IDBTransaction): void {
  try {
    tx.abort()
  } catch {
    // It has ended already.
  }
}
