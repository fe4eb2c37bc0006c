import { setImmediate } from 'node:timers/promises'
import { FolderReplica, structCount } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { buildDocument, maxBytesPerTurn } from '../document-loading.ts'
import type { DocumentSeals } from '../document-seals.ts'
import { DocumentStore } from '../document-store.ts'

/**
 * A folder as the log has it, for the transactions of this server. It is never the document that people
 * are connected to: a transaction may fail after it has edited its shadow, which is thrown away then.
 */
export interface ShadowFolder {
  readonly folder: FolderReplica
  readonly epoch: number
  /** The last row of the log that is in it. */
  seq: number
  /** What stands in the log behind the checkpoint. */
  tail: { rows: number; bytes: number }
  readonly checkpointBytes: number
  /** Whether the id under which it edits is the server's in the database. */
  isClaimed: boolean
}

export interface ShadowFoldersOptions {
  /** What all shadows may take together; one alone may take more. */
  readonly maxBytes: number
  readonly seals: DocumentSeals
}

/**
 * What a shadow takes in memory, measured. A child is two structs, its entry in the view and one in the
 * index of names: together 1.2 kB, so that a folder of 100,000 takes 120 MB. A removed child leaves its
 * structs, 0.65 kB.
 */
const bytesPerShadow = 3_500
const bytesPerStruct = 330
const bytesPerChild = 570

/** Shadows of folders, the least recently used given up first. */
export class ShadowFolders {
  readonly #maxBytes: number
  readonly #seals: DocumentSeals
  /** In the order of their use. */
  readonly #shadows = new Map<NodeId, { readonly shadow: ShadowFolder; readonly bytes: number }>()
  #bytes = 0

  constructor({ maxBytes, seals }: ShadowFoldersOptions) {
    this.#maxBytes = maxBytes
    this.#seals = seals
  }

  /** What the shadows take together, as far as they were measured when they were last kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** The shadow of a folder that the transaction has locked, with every row up to `head` in it. */
  async open(
    tx: Transaction<Schema>,
    folderId: NodeId,
    head: { readonly epoch: number; readonly seq: number },
  ): Promise<ShadowFolder> {
    const kept = this.#shadows.get(folderId)?.shadow
    const store = new DocumentStore(tx, this.#seals)
    const shadow =
      kept && (await catchUp(store, folderId, kept, head)) ? kept : await load(store, folderId)
    this.keep(folderId, shadow)
    return shadow
  }

  keep(folderId: NodeId, shadow: ShadowFolder): void {
    this.discard(folderId)
    const bytes = estimateBytes(shadow.folder)
    this.#shadows.set(folderId, { shadow, bytes })
    this.#bytes += bytes
    for (const id of this.#shadows.keys()) {
      if (this.#bytes <= this.#maxBytes || id === folderId) return
      this.discard(id)
    }
  }

  /** Forgets a shadow that may differ from the log. */
  discard(folderId: NodeId): void {
    this.#bytes -= this.#shadows.get(folderId)?.bytes ?? 0
    this.#shadows.delete(folderId)
  }
}

function estimateBytes({ doc, view }: FolderReplica): number {
  return bytesPerShadow + structCount(doc) * bytesPerStruct + view.size * bytesPerChild
}

async function load(store: DocumentStore, folderId: NodeId): Promise<ShadowFolder> {
  const stored = await store.find(folderId)
  if (!stored) throw new Error(`The folder ${folderId} has no document`)
  const doc = await buildDocument(stored.checkpoint, stored.rows)
  return {
    folder: await FolderReplica.open(doc, () => setImmediate()),
    epoch: stored.epoch,
    seq: stored.seq,
    tail: {
      rows: stored.rows.length,
      bytes: stored.rows.reduce((sum, { payload }) => sum + payload.length, 0),
    },
    checkpointBytes: stored.checkpointBytes,
    isClaimed: false,
  }
}

/** Applies what another server has logged; says whether the shadow stands where the log does. */
async function catchUp(
  store: DocumentStore,
  folderId: NodeId,
  shadow: ShadowFolder,
  head: { readonly epoch: number; readonly seq: number },
): Promise<boolean> {
  if (shadow.epoch !== head.epoch || shadow.seq > head.seq) return false
  if (shadow.seq === head.seq) return true
  const rows = await store.listRows(folderId, shadow.seq, head.seq)
  // They may have been folded into a checkpoint meanwhile.
  if (rows.length !== head.seq - shadow.seq) return false
  // To load the folder anew takes turns.
  if (rows.some(({ payload }) => payload.length > maxBytesPerTurn)) return false
  for (const { payload, seq } of rows) {
    shadow.folder.apply(payload)
    shadow.seq = seq
    await setImmediate()
  }
  return true
}
