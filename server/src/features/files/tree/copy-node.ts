import type { NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { LiveDocuments } from '#features/live/index.ts'
import { formatOf } from '../content/text-format.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import type { CopySource } from './copy-source.ts'
import type { IfTaken, TreeWriter } from './tree-writer.ts'

export interface Copy {
  readonly copyId: NodeId
  readonly parentId: NodeId
  readonly name?: string | undefined
  readonly ifTaken: IfTaken
}

/**
 * Makes a copy of what was read: new nodes with the same contents, of which no byte is copied. Throws as
 * `TreeWriter.insert`, before anything is written.
 */
export async function copyNode(
  tree: TreeWriter,
  live: Pick<LiveDocuments, 'createTexts'>,
  source: CopySource,
  { copyId, parentId, name, ifTaken }: Copy,
): Promise<NodeRow> {
  await tree.requireDepth(parentId, heightOf(source.rows))
  const { space_id: spaceId } = await tree.folder(parentId)
  await tree.nodes.charges.require(spaceId, sizeOf(source.rows))
  const copies = new Map<NodeId, NodeId>()
  let root: NodeRow | undefined
  for (const row of source.rows) {
    const id = root ? (uuidv7() as NodeId) : copyId
    const copiedParent = row.parent_id === null ? undefined : copies.get(row.parent_id)
    const made = await copyOne(tree, live, {
      row,
      id,
      parentId: copiedParent ?? parentId,
      name: root ? row.name : (name ?? row.name),
      ifTaken: root ? 'fail' : ifTaken,
      text: source.texts.get(row.id) ?? '',
    })
    copies.set(row.id, id)
    root ??= made
  }
  if (!root) throw new RangeError('There is nothing to copy')
  return root
}

/** What the files hold now; their earlier versions are not copied. */
function sizeOf(rows: readonly NodeRow[]): number {
  return rows.reduce((sum, row) => sum + (row.size_bytes ?? 0), 0)
}

/** How many folders lie in one another; those above come before those below. */
function heightOf(rows: readonly NodeRow[]): number {
  const depths = new Map<NodeId | null, number>()
  for (const { id, parent_id: parentId, kind } of rows)
    if (kind === 'folder') depths.set(id, (depths.get(parentId) ?? 0) + 1)
  return Math.max(0, ...depths.values())
}

interface OneCopy extends Omit<Copy, 'copyId'> {
  readonly row: NodeRow
  readonly id: NodeId
  readonly name: string
  readonly text: string
}

async function copyOne(
  tree: TreeWriter,
  live: Pick<LiveDocuments, 'createTexts'>,
  { row, id, parentId, name, ifTaken, text }: OneCopy,
): Promise<NodeRow> {
  const { kind, size_bytes: sizeBytes, media_type: mediaType, sha256 } = row
  const made = await tree.insert(
    {
      id,
      parentId,
      name,
      kind,
      sizeBytes,
      mediaType,
      ...(kind === 'text' ? { format: formatOf(row) } : {}),
      ...(sha256 ? { sha256 } : {}),
    },
    ifTaken,
  )
  if (kind === 'text') await live.createTexts(tree.tx, [{ nodeId: id, text }], made.created_by)
  if (kind === 'blob' && sha256)
    await tree.tx
      .insertInto('versions')
      .values({
        node_id: id,
        space_id: made.space_id,
        number: 1,
        name: null,
        reason: 'upload',
        sha256,
        size_bytes: sizeBytes ?? 0,
        epoch: null,
        seq: null,
        author_id: made.created_by,
        created_at: made.created_at,
      })
      .execute()
  return made
}
