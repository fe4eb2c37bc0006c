import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { Access, AccessNotifier } from '#features/access/index.ts'
import type { FolderSession } from '#features/live/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError, refusable } from '#platform/problem-error.ts'
import { requireName } from '../nodes/name-problems.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import type { NewNode } from '../nodes/node-columns.ts'
import type { NodeWriter } from '../nodes/node-writer.ts'
import { listWayUp, maxDepth } from './ancestry.ts'
import { FolderListing, type IfTaken } from './folder-listing.ts'

/** A folder is concerned that was not when the locks were chosen: they have to be chosen again. */
export class FolderNotHeldError extends Error {
  override readonly name = 'FolderNotHeldError'
}

/** A child to be; its space is that of its folder. */
export type ChildDraft = Omit<NewNode, 'spaceId' | 'actorId'>

/**
 * Changes the tree within one transaction: each step writes the folder documents and the rows together.
 * A step throws its problem before it writes anything, so that of several steps one may fail alone.
 */
export class TreeWriter {
  readonly nodes: NodeWriter
  readonly actorId: UserId
  readonly access: Access & AccessNotifier
  readonly #session: FolderSession
  readonly #folders = new Map<NodeId, NodeRow>()
  /** How many folders lie above each, itself among them. */
  readonly #depths = new Map<NodeId, number>()

  constructor(
    session: FolderSession,
    nodes: NodeWriter,
    { actorId, access }: { readonly actorId: UserId; readonly access: Access & AccessNotifier },
  ) {
    this.#session = session
    this.nodes = nodes
    this.actorId = actorId
    this.access = access
    for (const row of session.nodes) this.#folders.set(row.id, row)
  }

  get tx(): Transaction<Schema> {
    return this.#session.tx
  }

  holds(folderId: NodeId | null): boolean {
    return folderId !== null && this.#session.holds(folderId)
  }

  afterCommit(action: () => void): void {
    this.#session.afterCommit(action)
  }

  /** Who may do what with a node, and with what lies below it, may be something else after the commit. */
  moved(spaceId: SpaceId): void {
    this.afterCommit(() => this.access.notifyTreeChanged(spaceId))
  }

  /** Where folders are, and whether they live, is not what it was. */
  forgetFolders(): void {
    this.#folders.clear()
    this.#depths.clear()
  }

  /**
   * A folder that takes children: it stays where it is, and out of the trash, until the commit. Throws
   * `not_found`, `bad_request` when it is no folder, and `trashed`.
   */
  async folder(id: NodeId): Promise<NodeRow> {
    const row = this.#folders.get(id) ?? (await this.#lockFolder(id))
    if (!row) throw new ProblemError('not_found')
    if (row.kind !== 'folder')
      throw new ProblemError('bad_request', { detail: 'The parent is no folder' })
    if (row.trashed_at !== null) throw new ProblemError('trashed')
    this.#folders.set(id, row)
    return row
  }

  #lockFolder(id: NodeId): Promise<NodeRow | undefined> {
    return this.tx
      .selectFrom('nodes')
      .selectAll()
      .where('id', '=', id)
      .forShare()
      .executeTakeFirst()
  }

  /** Throws `too_deep` when folders cannot be made in this one, so many of them in one another. */
  async requireDepth(folderId: NodeId, height: number): Promise<void> {
    const depth = this.#depths.get(folderId) ?? (await listWayUp(this.tx, folderId)).length
    this.#depths.set(folderId, depth)
    if (depth + height > maxDepth) throw new ProblemError('too_deep')
  }

  /**
   * Lists and inserts a child, and counts its bytes; the caller writes what a file holds. Throws as
   * `folder`, `too_deep`, `invalid_name`, `name_taken`, `quota_exceeded`, `FolderNotHeldError`, and the unique
   * violation of an id that is in use.
   */
  async insert(node: ChildDraft, ifTaken: IfTaken): Promise<NodeRow> {
    const listing = new FolderListing(this.#session)
    const enlisted = await this.#enlist(node, ifTaken, listing)
    listing.write()
    const row = await this.nodes.insert(enlisted)
    if (row.kind === 'folder') {
      await this.#session.create(row.id)
      this.#folders.set(row.id, row)
      this.#depths.set(row.id, (this.#depths.get(row.parent_id ?? row.id) ?? 0) + 1)
    }
    return row
  }

  /**
   * As `insert`, of any number of children that are no folders, with one statement for all. Gives for each
   * its row or its problem: one that is refused stops no other.
   */
  async insertAll(
    children: readonly { readonly node: ChildDraft; readonly ifTaken: IfTaken }[],
  ): Promise<(NodeRow | ProblemError)[]> {
    const enlisted: (NewNode | ProblemError)[] = []
    const listing = new FolderListing(this.#session)
    for (const { node, ifTaken } of children)
      enlisted.push(await refusable(() => this.#enlist(node, ifTaken, listing)))
    listing.write()
    const rows = await this.nodes.insertAll(
      enlisted.flatMap((outcome) => (outcome instanceof ProblemError ? [] : [outcome])),
    )
    return enlisted.map((outcome) =>
      outcome instanceof ProblemError ? outcome : (rows.get(outcome.id) as NodeRow),
    )
  }

  /** Throws `invalid_name` and `name_taken`. */
  async rename(row: NodeRow, wanted: string, ifTaken: IfTaken): Promise<NodeRow> {
    const parentId = parentOf(row)
    requireName(wanted)
    const name = this.#nameFor(parentId, { id: row.id, name: wanted }, ifTaken)
    if (name === row.name) return row
    this.#list(parentId, { ...row, name })
    return this.nodes.rename(row, name, this.actorId)
  }

  /**
   * Takes a node out of its folder and lists it in another one of the same space; that this makes no
   * circle is for the caller to know. Throws as `folder`, `invalid_name`, `name_taken` and
   * `FolderNotHeldError`.
   */
  async move(
    row: NodeRow,
    to: { readonly parentId: NodeId; readonly name: string },
    ifTaken: IfTaken,
  ): Promise<NodeRow> {
    await this.#heldFolder(to.parentId)
    requireName(to.name)
    const name = this.#nameFor(to.parentId, { id: row.id, name: to.name }, ifTaken)
    this.#session.edit(parentOf(row), [{ type: 'remove', id: row.id }])
    this.moved(row.space_id)
    if (row.kind === 'folder') this.forgetFolders()
    this.#list(to.parentId, { ...row, name })
    return this.nodes.move(row, { parentId: to.parentId, name }, this.actorId)
  }

  /** Says in the folder that a file is of another kind now; its row says so too. */
  setKind(row: NodeRow, kind: NodeRow['kind']): void {
    this.#list(parentOf(row), { ...row, kind })
    this.moved(row.space_id)
  }

  /** Puts a live node into the trash, as `NodeWriter.trash`. */
  async trash(
    row: NodeRow,
    trash: { readonly batchId: string; readonly logSeq?: number | undefined },
  ): Promise<NodeRow> {
    this.#session.edit(parentOf(row), [{ type: 'remove', id: row.id }])
    this.moved(row.space_id)
    if (row.kind === 'folder') this.forgetFolders()
    return this.nodes.trash(row, trash, this.actorId)
  }

  /**
   * Brings a node back into a folder, if need be under a derived name: from the trash, or alone out of a
   * folder that lies there.
   */
  async restore(row: NodeRow, parentId: NodeId, reason: 'asked' | 'edited'): Promise<NodeRow> {
    await this.#heldFolder(parentId)
    const name = this.#nameFor(parentId, row, 'rename')
    if (row.trashed_at === null) {
      if (!this.holds(row.parent_id)) throw new FolderNotHeldError()
      this.#session.edit(parentOf(row), [{ type: 'remove', id: row.id }])
    }
    this.moved(row.space_id)
    if (row.kind === 'folder') this.forgetFolders()
    this.#list(parentId, { ...row, name })
    return this.nodes.restore(row, { parentId, name, reason }, this.actorId)
  }

  /** Lists a child in its folder, when the listing is written; its row is to be inserted then. */
  async #enlist(node: ChildDraft, ifTaken: IfTaken, listing: FolderListing): Promise<NewNode> {
    const parent = await this.#heldFolder(node.parentId)
    if (node.kind === 'folder') await this.requireDepth(node.parentId, 1)
    requireName(node.name)
    const name = listing.nameFor(node.parentId, node, ifTaken)
    // The words of a text, or the first version of what is none.
    await this.nodes.charges.reserve(parent.space_id, node.sizeBytes ?? 0)
    listing.put(node.parentId, { id: node.id, name, kind: node.kind })
    return { ...node, name, spaceId: parent.space_id, actorId: this.actorId }
  }

  async #heldFolder(id: NodeId): Promise<NodeRow> {
    const row = await this.folder(id)
    if (!this.holds(id)) throw new FolderNotHeldError()
    return row
  }

  #nameFor(folderId: NodeId, child: Pick<NodeRow, 'id' | 'name'>, ifTaken: IfTaken): string {
    return new FolderListing(this.#session).nameFor(folderId, child, ifTaken)
  }

  #list(folderId: NodeId, child: Pick<NodeRow, 'id' | 'name' | 'kind'>): void {
    const listing = new FolderListing(this.#session)
    listing.put(folderId, child)
    listing.write()
  }
}

/** Throws `bad_request` for the root of a space, which is nobody's child. */
export function parentOf(row: NodeRow): NodeId {
  if (row.parent_id === null)
    throw new ProblemError('bad_request', { detail: 'The root folder belongs to its space' })
  return row.parent_id
}

/** Where the log of a node's document stands; `null` when it has none. */
export async function readLogSeq(tx: Kysely<Schema>, id: NodeId): Promise<number | null> {
  const document = await tx
    .selectFrom('documents')
    .select('seq')
    .where('id', '=', id)
    .executeTakeFirst()
  return document?.seq ?? null
}
