import type { NodeId } from '@cloudsync/protocol'
import { sha256FromBytes } from '@cloudsync/storage'
import { v7 as uuidv7 } from 'uuid'
import type { LiveDocuments } from '#features/live/index.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { encodedSize, formatOf } from '../content/text-format.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { insertFirstVersions } from '../versions/first-versions.ts'
import type { CopySource } from './copy-source.ts'
import type { IfTaken } from './folder-listing.ts'
import type { ChildDraft, TreeWriter } from './tree-writer.ts'

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
  const drafts = draftCopies(source, { copyId, parentId, name, ifTaken })
  await tree.nodes.charges.require(spaceId, sizeOf(drafts))
  let root: NodeRow | undefined
  for (const { node, ifTaken: ifRootTaken } of drafts.filter(isFolder)) {
    const made = await tree.insert(node, ifRootTaken)
    root ??= made
  }
  const files = drafts.filter((draft) => !isFolder(draft))
  for (let from = 0; from < files.length; from += filesAtOnce) {
    const [first] = await insertCopies(tree, live, files.slice(from, from + filesAtOnce))
    root ??= first
  }
  if (!root) throw new RangeError('There is nothing to copy')
  return root
}

/** Of some twenty parameters each; a statement takes 65,535. */
const filesAtOnce = 1_000

interface CopyDraft {
  readonly node: ChildDraft
  readonly ifTaken: IfTaken
  readonly text: string
}

function isFolder({ node }: CopyDraft): boolean {
  return node.kind === 'folder'
}

/** The copies to be, in the order of what is copied: those above come before those below. */
function draftCopies(
  { rows, texts }: CopySource,
  { copyId, parentId, name, ifTaken }: Copy,
): CopyDraft[] {
  const copies = new Map<NodeId, NodeId>()
  return rows.map((row, index) => {
    const isRoot = index === 0
    const id = isRoot ? copyId : (uuidv7() as NodeId)
    copies.set(row.id, id)
    const { kind, parent_id: above, media_type: mediaType, sha256, mode } = row
    const text = texts.get(row.id) ?? ''
    const node = {
      id,
      parentId: (above !== null && !isRoot && copies.get(above)) || parentId,
      name: isRoot ? (name ?? row.name) : row.name,
      kind,
      // The row of a text that is typed in says its size only later.
      sizeBytes: kind === 'text' ? encodedSize(text, formatOf(row)) : row.size_bytes,
      mediaType,
      mode,
      ...(kind === 'text' ? { format: formatOf(row) } : {}),
      ...(sha256 ? { sha256 } : {}),
    }
    return { node, ifTaken: isRoot ? ifTaken : 'fail', text }
  })
}

/** Makes copies of files, with one statement for each table. */
async function insertCopies(
  tree: TreeWriter,
  live: Pick<LiveDocuments, 'createTexts'>,
  drafts: readonly CopyDraft[],
): Promise<NodeRow[]> {
  const made: NodeRow[] = []
  for (const outcome of await tree.insertAll(drafts)) {
    if (outcome instanceof ProblemError) throw outcome
    made.push(outcome)
  }
  const texts = drafts.flatMap(({ node, text }) =>
    node.kind === 'text' ? [{ nodeId: node.id, text }] : [],
  )
  await live.createTexts(tree.tx, texts, tree.actorId)
  const blobs = made.flatMap(({ id, space_id: spaceId, sha256, size_bytes: sizeBytes }) =>
    sha256
      ? [{ nodeId: id, spaceId, sha256: sha256FromBytes(sha256), sizeBytes: sizeBytes ?? 0 }]
      : [],
  )
  const now = made[0]?.created_at
  if (now) await insertFirstVersions(tree.nodes, blobs, { actorId: tree.actorId, now })
  return made
}

/** What the files hold now; their earlier versions are not copied. */
function sizeOf(drafts: readonly CopyDraft[]): number {
  return drafts.reduce((sum, { node }) => sum + (node.sizeBytes ?? 0), 0)
}

/** How many folders lie in one another; those above come before those below. */
function heightOf(rows: readonly NodeRow[]): number {
  const depths = new Map<NodeId | null, number>()
  for (const { id, parent_id: parentId, kind } of rows)
    if (kind === 'folder') depths.set(id, (depths.get(parentId) ?? 0) + 1)
  return Math.max(0, ...depths.values())
}
