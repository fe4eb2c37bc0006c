import { broughtIds, judgeFolder, type ChildChange, type KnownNode } from '@cloudsync/crdt'
import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import {
  includes,
  noPermissions,
  type Access,
  type AccessNotifier,
} from '#features/access/index.ts'
import type { ClientFolderUpdate, FolderProjector, LiveDocuments } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import { NodeWriter } from '../nodes/node-writer.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { findLivingFolder, listWayUp, maxDepth } from './ancestry.ts'

/** Hears that a folder of the trash was edited by somebody who had not seen that it was there. */
type TrashListener = (folderId: NodeId, actorId: UserId) => void

interface ProjectionParts {
  readonly clock: Clock
  readonly access: AccessNotifier
  readonly documents: Pick<LiveDocuments, 'createTexts' | 'reviewAccess'>
  readonly onTrashEdited: TrashListener
}

/** Keeps the rows of nodes what the folder documents say, when clients edit these. */
export class FolderProjection {
  readonly #clock: Clock
  readonly #access: Access & AccessNotifier
  readonly #listeners: TrashListener[] = []

  constructor(clock: Clock, access: Access & AccessNotifier) {
    this.#clock = clock
    this.#access = access
  }

  onTrashEdited(listener: TrashListener): void {
    this.#listeners.push(listener)
  }

  openProjector(documents: ProjectionParts['documents']): FolderProjector {
    const clock = this.#clock
    const access = this.#access
    const onTrashEdited: TrashListener = (folderId, actorId) => {
      for (const listener of this.#listeners) listener(folderId, actorId)
    }
    return {
      async judge(update) {
        const { folder, delta } = update
        const known = await findKnown(update, clock)
        const rights = await findRights(update, known, access)
        const createFolders = rights.create && (await canHoldFolders(update))
        return judgeFolder({ folder, delta, known, may: { ...rights, createFolders } })
      },
      async project(update, changes) {
        if (changes.length > 0)
          await new ProjectedRows({ clock, access, documents, onTrashEdited }, update).write(
            changes,
          )
      },
    }
  }
}

/**
 * What whoever sent an update may do, as its transaction sees it: with the folder, and with the children that it
 * concerns. These may be private folders, or come back from the trash; else a child permits what its folder does.
 */
async function findRights(
  { session: { tx }, folderId, actorId, delta }: ClientFolderUpdate,
  known: ReadonlyMap<string, KnownNode>,
  access: Access,
) {
  const there = delta.changes.filter(({ id, before }) => before !== undefined || known.has(id))
  const privateIds = await listPrivate(
    tx,
    there.map(({ id }) => id as NodeId),
  )
  const found = await access.listAccessIn(tx, actorId, [folderId, ...privateIds])
  const onFolder = found.get(folderId)?.permissions ?? noPermissions
  const on = (id: string) =>
    privateIds.has(id as NodeId)
      ? (found.get(id as NodeId)?.permissions ?? noPermissions)
      : onFolder
  const canEdit = includes(onFolder, 'node.edit')
  return {
    create: includes(onFolder, 'node.create'),
    restore: (id: string) => includes(on(id), 'node.delete'),
    rename: (id: string) => canEdit && includes(on(id), 'node.edit'),
    remove: (id: string) => canEdit && includes(on(id), 'node.delete'),
  }
}

/** The private folders among nodes. */
async function listPrivate(
  tx: ClientFolderUpdate['session']['tx'],
  ids: readonly NodeId[],
): Promise<ReadonlySet<NodeId>> {
  if (ids.length === 0) return new Set()
  const { rows } = await sql<{ id: NodeId }>`
    SELECT id FROM nodes WHERE id = ANY(${ids}::uuid[]) AND NOT inherits`.execute(tx)
  return new Set(rows.map(({ id }) => id))
}

/** Whether the tree is not too deep for the folders that an update brings; asked only when it does. */
async function canHoldFolders({
  session: { tx },
  folderId,
  delta,
}: ClientFolderUpdate): Promise<boolean> {
  const bringsFolders = delta.changes.some(
    ({ before, after }) => !before && after?.kind === 'folder',
  )
  return !bringsFolders || (await listWayUp(tx, folderId)).length < maxDepth
}

/** What the ids that an update brings are, as far as there are such nodes or were. */
async function findKnown(
  { session: { tx }, folderId, delta }: ClientFolderUpdate,
  clock: Clock,
): Promise<Map<string, KnownNode>> {
  const ids = broughtIds(delta) as NodeId[]
  const known = new Map<string, KnownNode>()
  if (ids.length === 0) return known
  for (const row of (await new NodeWriter(tx, clock).lockAll(ids)).values())
    known.set(row.id, knownNode(row, folderId))
  const { rows: purged } = await sql<{ id: NodeId }>`
    SELECT id FROM tombstones WHERE id = ANY(${ids}::uuid[])`.execute(tx)
  for (const { id } of purged) known.set(id, { state: 'purged' })
  return known
}

/** Only what was taken out of this very folder may be put back by listing it. */
function knownNode(row: NodeRow, folderId: NodeId): KnownNode {
  return isRemovedFrom(row, folderId)
    ? { state: 'removed', kind: row.kind }
    : { state: 'elsewhere' }
}

function isRemovedFrom(row: NodeRow, folderId: NodeId): boolean {
  return row.parent_id === folderId && row.trashed_at !== null
}

/** The rows of one update. */
class ProjectedRows {
  readonly #options: ProjectionParts
  readonly #update: ProjectedUpdate
  readonly #nodes: NodeWriter

  constructor(options: ProjectionParts, update: ProjectedUpdate) {
    this.#options = options
    this.#update = update
    this.#nodes = new NodeWriter(update.session.tx, options.clock)
  }

  async write(changes: readonly ChildChange[]): Promise<void> {
    const { session, folderId } = this.#update
    const spaceId = await this.#lockFolder()
    const rows = await this.#nodes.lockAll(changes.map(({ id }) => id as NodeId))
    const at = (id: string) => rows.get(id as NodeId)
    const renamed: Renaming[] = []
    const brought: ChildChange[] = []
    const removed: NodeRow[] = []
    for (const change of changes) {
      const row = at(change.id)
      if (!change.after) removed.push(...(row ? [row] : []))
      else if (row && change.before) renamed.push({ row, name: change.after.name })
      else brought.push(change)
    }
    // In this order each name is free when it is taken.
    await this.#trash(removed)
    await this.#rename(renamed)
    for (const change of brought) await this.#bring(change, at(change.id), spaceId)
    // Who only takes something out of a folder does not want the folder back.
    if (brought.length + renamed.length > 0) {
      const living = await findLivingFolder(session.tx, folderId)
      if (living?.id !== folderId)
        session.afterCommit(() => this.#options.onTrashEdited(folderId, this.#update.actorId))
    }
    await session.append()
    await this.#nodes.finish()
  }

  async #trash(rows: readonly NodeRow[]): Promise<void> {
    if (rows.length === 0) return
    const { session, actorId } = this.#update
    const batchId = uuidv7()
    for (const row of rows) await this.#nodes.trash(row, { batchId }, actorId)
    session.afterCommit(() => void this.#options.documents.reviewAccess())
    for (const spaceId of new Set(rows.map((row) => row.space_id))) this.#moved(spaceId)
  }

  /** Names may change places: they are all given up before they are taken. */
  async #rename(renamings: readonly Renaming[]): Promise<void> {
    const ids = renamings.map(({ row }) => row.id)
    if (ids.length > 1)
      await sql`
        UPDATE nodes SET name_key = E'\\x01' || id::text WHERE id = ANY(${ids}::uuid[])
      `.execute(this.#update.session.tx)
    for (const { row, name } of renamings) await this.#nodes.rename(row, name, this.#update.actorId)
  }

  async #bring(
    { id, after }: ChildChange,
    row: NodeRow | undefined,
    spaceId: SpaceId,
  ): Promise<void> {
    if (!after) return
    const { session, folderId, actorId } = this.#update
    const { name, kind } = after
    // Any other row was made since the update was judged: its id is in use, so all begins again.
    if (row && isRemovedFrom(row, folderId)) {
      await this.#nodes.restore(row, { parentId: folderId, name, reason: 'asked' }, actorId)
      this.#moved(spaceId)
      return
    }
    const node = { id: id as NodeId, parentId: folderId, name, kind, actorId }
    await this.#nodes.insert({ ...node, spaceId, ...(kind === 'text' ? { sizeBytes: 0 } : {}) })
    if (kind === 'folder') await session.create(node.id)
    else
      await this.#options.documents.createTexts(
        session.tx,
        [{ nodeId: node.id, text: '' }],
        actorId,
      )
  }

  #moved(spaceId: SpaceId): void {
    this.#update.session.afterCommit(() => this.#options.access.notifyTreeChanged(spaceId))
  }

  /** Whoever moves the folder to another space, or to the trash, waits for us, or we for them. */
  async #lockFolder(): Promise<SpaceId> {
    const { space_id } = await this.#update.session.tx
      .selectFrom('nodes')
      .select('space_id')
      .where('id', '=', this.#update.folderId)
      .forShare()
      .executeTakeFirstOrThrow()
    return space_id
  }
}

type ProjectedUpdate = Omit<ClientFolderUpdate, 'delta'>

interface Renaming {
  readonly row: NodeRow
  readonly name: string
}
