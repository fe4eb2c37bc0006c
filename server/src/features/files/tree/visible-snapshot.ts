import type { NodeId, Snapshot, SpaceId, SyncNode, UserId } from '@cloudsync/protocol'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '#platform/http/lists/cursor.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { presentSyncNodes, type SyncRow, type SyncViewer } from '../nodes/present-sync-nodes.ts'
import {
  areFewBelow,
  firstFiles,
  firstPlace,
  readAbove,
  readSnapshot,
  readSnapshotRows,
  type SnapshotPlace,
  type SnapshotScope,
} from './snapshot.ts'

/** Of which space, or of which folder in it. */
export interface SnapshotOf {
  readonly id: SpaceId
  readonly rootId: NodeId
  readonly folderId: NodeId | undefined
}

/** Where a snapshot goes on, with what holds for all of its pages. */
interface Progress {
  readonly place: SnapshotPlace
  readonly upTo: number
  readonly accessEpoch: string
  /** How what belongs to it is found; see `SnapshotScope`. */
  readonly way: 'down' | 'through'
}

/** So many rows are looked at for one page, of which the caller may see few. */
const maxRows = 10_000

const cursorSchema = z.tuple([
  z.enum(['folders', 'files']),
  z.union([z.uuid(), z.int().min(0)]),
  z.int().min(0),
  z.string(),
  z.enum(['down', 'through']),
])

/**
 * A page of all that somebody may see of a space. What the feed tells after `changesCursor`, where it stood before the
 * first page, is left out as far as it is told by then; nothing else is missed, however long the reading takes. Throws
 * `cursor_expired` when what they may see has changed meanwhile.
 */
export async function readVisibleSnapshot(
  viewer: SyncViewer,
  userId: UserId,
  of: SnapshotOf,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<Snapshot> {
  const accessEpoch = await viewer.access.readEpoch(userId, of.id)
  const progress =
    cursor === undefined ? await begin(viewer, userId, of, accessEpoch) : parseCursor(cursor)
  if (progress.accessEpoch !== accessEpoch) throw new ProblemError('cursor_expired')
  const scope = await scopeOf(viewer, userId, of, progress)
  const items: SyncNode[] = []
  let place: SnapshotPlace | undefined = progress.place
  for (let looked = 0; place && items.length < limit && looked < maxRows;) {
    const at: SnapshotPlace = place
    const wanted = limit - items.length
    const rows = await readSnapshot(viewer.db.kysely, scope, at, wanted)
    items.push(...(await present(viewer, userId, { of, progress, scope, at }, rows)))
    looked += wanted
    place = nextPlace(at, rows, wanted)
  }
  return {
    items,
    nextCursor: place ? formatCursor({ ...progress, place }) : null,
    changesCursor: String(progress.upTo),
    accessEpoch,
  }
}

async function begin(
  { db, access }: SyncViewer,
  userId: UserId,
  { id, rootId, folderId }: SnapshotOf,
  accessEpoch: string,
): Promise<Progress> {
  const { seq } = await db.kysely
    .selectFrom('spaces')
    .select('seq')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const seesAll = (await access.listAccessIn(db.kysely, userId, [rootId])).has(rootId)
  const tops = folderId ? [folderId] : seesAll ? undefined : await access.listGranted(userId, id)
  const way = tops && (await areFewBelow(db.kysely, tops)) ? 'down' : 'through'
  return { place: firstPlace, upTo: seq, accessEpoch, way }
}

async function scopeOf(
  { access }: SyncViewer,
  userId: UserId,
  { id: spaceId, folderId }: SnapshotOf,
  { upTo, way }: Progress,
): Promise<SnapshotScope> {
  if (way === 'through') return { spaceId, upTo }
  if (folderId) return { spaceId, upTo, from: { ids: [folderId], areListed: false } }
  const ids = await access.listGranted(userId, spaceId)
  return { spaceId, upTo, from: { ids, areListed: true } }
}

function nextPlace(
  { phase }: SnapshotPlace,
  rows: readonly SyncRow[],
  wanted: number,
): SnapshotPlace | undefined {
  const last = rows.length < wanted ? undefined : rows.at(-1)
  if (phase === 'folders') return last ? { phase, after: last.id } : firstFiles
  return last && { phase, after: last.rev }
}

interface Page {
  readonly of: SnapshotOf
  readonly progress: Progress
  readonly scope: SnapshotScope
  readonly at: SnapshotPlace
}

async function present(
  viewer: SyncViewer,
  userId: UserId,
  { of, progress, scope, at }: Page,
  rows: readonly SyncRow[],
): Promise<SyncNode[]> {
  if (rows.length === 0) return []
  const { kysely } = viewer.db
  const { folderId } = of
  const mustSort = at.phase === 'folders'
  // Found from the folder down, all of them lie below it.
  const mustFilter = folderId !== undefined && scope.from === undefined
  const parentIds = rows.flatMap(({ parent_id: parentId }) => parentId ?? [])
  const above =
    mustSort || mustFilter ? await readAbove(kysely, [...new Set(parentIds)], folderId) : new Map()
  const wanted = mustFilter
    ? rows.filter(
        ({ parent_id: parentId }) => parentId !== null && leadsTo(above, parentId, folderId),
      )
    : rows
  if (!mustSort) return inOrder(await see(viewer, userId, wanted), wanted)
  // What is told on a later page by its id, and lies above something on this one.
  const isListed = new Set(wanted.map(({ id }) => id))
  const later = [...listAbove(above, wanted, folderId)].filter(
    (id) => !isListed.has(id) && id > at.after,
  )
  const all = [...wanted, ...(await readSnapshotRows(kysely, later, progress.upTo))]
  return foldersFirst(await see(viewer, userId, all), wanted)
}

function see(viewer: SyncViewer, userId: UserId, rows: readonly SyncRow[]) {
  return presentSyncNodes(viewer, userId, rows, { isTrashHidden: true })
}

type Above = ReadonlyMap<NodeId, NodeId | null>

function leadsTo(above: Above, id: NodeId, top: NodeId | undefined): boolean {
  for (let at: NodeId | null = id; at !== null; at = above.get(at) ?? null)
    if (at === top) return true
  return false
}

/** The folders above these, up to `top` and without it. */
function listAbove(above: Above, rows: readonly SyncRow[], top: NodeId | undefined): Set<NodeId> {
  const found = new Set<NodeId>()
  for (const row of rows)
    for (let at = row.parent_id; at !== null && at !== top; at = above.get(at) ?? null) {
      if (found.has(at)) break
      found.add(at)
    }
  return found
}

function inOrder(nodes: ReadonlyMap<NodeId, SyncNode>, rows: readonly SyncRow[]): SyncNode[] {
  return rows.flatMap(({ id }) => nodes.get(id) ?? [])
}

/** Those of the rows, each behind the folders above it, as far as these are seen. */
function foldersFirst(nodes: ReadonlyMap<NodeId, SyncNode>, rows: readonly SyncRow[]): SyncNode[] {
  const sorted = new Map<NodeId, SyncNode>()
  for (const { id } of rows) {
    const way: SyncNode[] = []
    let at = nodes.get(id)
    while (at && !sorted.has(at.id)) {
      way.push(at)
      at = at.parentId === null ? undefined : nodes.get(at.parentId)
    }
    for (const node of way.toReversed()) sorted.set(node.id, node)
  }
  return [...sorted.values()]
}

function formatCursor({ place: { phase, after }, upTo, accessEpoch, way }: Progress): string {
  return encodeCursor([phase, after, upTo, accessEpoch, way])
}

/** Throws `bad_request`. */
function parseCursor(cursor: string): Progress {
  const [phase, after, upTo, accessEpoch, way] = decodeCursor(cursor, cursorSchema)
  const more = { upTo, accessEpoch, way }
  if (phase === 'files' && typeof after === 'number') return { place: { phase, after }, ...more }
  if (phase === 'folders' && typeof after === 'string')
    return { place: { phase, after: after as NodeId }, ...more }
  throw new ProblemError('bad_request', { detail: 'The cursor is not valid' })
}
