import { isContained, readFolder, scanUpdate, stateUpdateLimits } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import * as Y from 'yjs'
import { findLivingFolder } from '#features/files/tree/ancestry.ts'
import { buildDocument } from '#features/live/document-loading.ts'
import { findTreeFaults } from '../testing/check-tree.ts'
import { openTestHistory, openTestStore } from '../testing/test-keys.ts'
import type { Simulation } from './simulation.ts'

/** What is wrong after all has come together. */
export async function findSimulationFaults(simulation: Simulation): Promise<string[]> {
  const { base, spaceId } = simulation.space
  return [
    ...(await findTreeFaults(base.kysely, spaceId)),
    ...(await findReplicaFaults(simulation)),
    ...(await findMovedByThemselves(simulation)),
    ...(await findLost(simulation)),
    ...(await findHistoryFaults(simulation)),
  ]
}

/** All replicas of a folder that lives list what the server lists. */
async function findReplicaFaults({ replicas, space }: Simulation): Promise<string[]> {
  const faults: string[] = []
  const views = new Map<string, string>()
  for (const [index, replica] of replicas.entries())
    for (const [folderId, doc] of replica.folders) {
      // Somebody may have made a text under the id first.
      const living = await findLivingFolder(space.base.kysely, folderId)
      if (living?.id !== folderId || living.kind !== 'folder') continue
      const view = views.get(folderId) ?? JSON.stringify(await readServer(space.base, folderId))
      views.set(folderId, view)
      if (JSON.stringify([...readFolder(doc)].toSorted(byId)) !== view)
        faults.push(`replica ${index} shows the folder ${folderId} otherwise than the server`)
    }
  return faults
}

async function readServer(base: Simulation['space']['base'], folderId: NodeId) {
  const stored = await openTestStore(base.kysely).find(folderId)
  if (!stored) return []
  return [...readFolder(await buildDocument(stored.checkpoint, stored.rows))].toSorted(byId)
}

/** A node with a name of its own that nobody has touched is where it was made. */
async function findMovedByThemselves({ births, touched, space }: Simulation): Promise<string[]> {
  const { rows } = await sql<{ id: string; parent_id: string; name: string; is_trashed: boolean }>`
    SELECT id, parent_id, name, trashed_at IS NOT NULL AS is_trashed FROM nodes
    WHERE space_id = ${space.spaceId}`.execute(space.base.kysely)
  return rows.flatMap((row) => {
    const birth = births.get(row.id)
    if (!birth?.name.startsWith('own') || touched.has(row.id)) return []
    const isThere = row.parent_id === birth.folderId && row.name === birth.name && !row.is_trashed
    return isThere ? [] : [`${birth.name} (${row.id}), which nobody has touched, is ${row.name}`]
  })
}

/** What was acknowledged is in the log. */
export async function findLost({ acknowledged, space }: Simulation): Promise<string[]> {
  const faults: string[] = []
  for (const { folderId, payload } of acknowledged) {
    const stored = await openTestStore(space.base.kysely).find(folderId)
    if (!stored) continue
    const doc = await buildDocument(stored.checkpoint, stored.rows)
    const scan = scanUpdate(payload, stateUpdateLimits)
    if (scan.kind === 'refused' || !isContained(scan, doc))
      faults.push(`an acknowledged edit of ${folderId} is lost`)
  }
  return faults
}

/** What is left of a folder's history reaches its checkpoint, and can be read at the end of each segment. */
async function findHistoryFaults({ space: { base, spaceId } }: Simulation): Promise<string[]> {
  const { rows } = await sql<{ id: NodeId; epoch: number; from: number; to: number; end: number }>`
    SELECT h.document_id AS id, h.epoch, h.from_seq::float8 AS from, h.to_seq::float8 AS to,
      c.seq::float8 AS end
    FROM history_segments h JOIN nodes n ON n.id = h.document_id
      JOIN checkpoints c ON c.document_id = h.document_id
    WHERE n.space_id = ${spaceId} ORDER BY h.document_id, h.from_seq`.execute(base.kysely)
  const faults: string[] = []
  const history = openTestHistory(base.kysely)
  let before = new Y.Doc()
  for (const [index, { id, epoch, from, to, end }] of rows.entries()) {
    const [previous, next] = [rows[index - 1], rows[index + 1]]
    if (next?.id === id ? next.from !== to + 1 : to !== end)
      faults.push(`the history of ${id} has a hole behind row ${to}`)
    if (previous?.id !== id) before = new Y.Doc()
    const doc = await history.findAt(id, { epoch, seq: to })
    if (!doc || !reachesAsFar(doc, before))
      faults.push(`rows ${from} to ${to} of the history of ${id} cannot be read`)
    before = doc ?? before
  }
  return faults
}

function reachesAsFar(doc: Y.Doc, other: Y.Doc): boolean {
  const clocks = Y.decodeStateVector(Y.encodeStateVector(other))
  return [...clocks].every(([client, clock]) => Y.getState(doc.store, client) >= clock)
}

function byId([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}
