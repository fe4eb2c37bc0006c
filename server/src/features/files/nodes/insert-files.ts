import type { FileMode, NodeId } from '@cloudsync/protocol'
import type { LiveDocuments } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Incoming } from '../content/content-intake.ts'
import type { ServedContents } from '../content/served-contents.ts'
import type { IfTaken } from '../tree/folder-listing.ts'
import type { TreeWriter } from '../tree/tree-writer.ts'
import { insertFirstVersions } from '../versions/first-versions.ts'
import { markVersionsDue } from '../versions/version-dues.ts'
import { findPurged } from './find-purged.ts'
import type { NodeRow } from './node-reader.ts'
import type { FileContent } from './node-columns.ts'

export interface FileDraft {
  readonly id: NodeId
  readonly parentId: NodeId
  readonly name: string
  readonly ifTaken: IfTaken
  readonly mode?: FileMode | undefined
  readonly incoming: Incoming
  readonly content: FileContent
}

export interface FileParts {
  readonly live: LiveDocuments
  readonly served: ServedContents
  readonly clock: Clock
}

/** Makes one file, as `insertFiles`. Throws as `TreeWriter.insert`. */
export async function insertFile(
  parts: FileParts,
  tree: TreeWriter,
  caller: Caller,
  draft: FileDraft,
): Promise<NodeRow> {
  const [outcome] = await insertFiles(parts, tree, caller, [draft])
  if (!outcome || outcome instanceof ProblemError) throw outcome ?? new ProblemError('internal')
  return outcome
}

/**
 * Makes files in a transaction of the tree: their nodes, and their live texts or first versions. The bytes
 * of blobs are stored and leased. Gives for each its node, or why `TreeWriter.insert` refuses it.
 */
export async function insertFiles(
  { live, served, clock }: FileParts,
  tree: TreeWriter,
  { userId, sessionId }: Caller,
  drafts: readonly FileDraft[],
): Promise<(NodeRow | ProblemError)[]> {
  const outcomes = await insertNodes(tree, drafts)
  const made = drafts.flatMap(({ incoming }, index) => {
    const row = outcomes[index]
    return !row || row instanceof ProblemError ? [] : [{ row, incoming }]
  })
  const texts = made.flatMap(({ row, incoming }) =>
    incoming.kind === 'text' ? [{ nodeId: row.id, text: incoming.decoded.text }] : [],
  )
  await live.createTexts(tree.tx, texts, userId)
  await served.rememberFirst(
    tree.tx,
    sessionId,
    texts.map(({ nodeId }) => nodeId),
  )
  const written = texts.filter(({ text }) => text.length > 0).map(({ nodeId }) => nodeId)
  await markVersionsDue(tree.tx, written, clock.now())
  const blobs = made.flatMap(({ row, incoming }) =>
    incoming.kind === 'blob' ? [{ nodeId: row.id, spaceId: row.space_id, ...incoming }] : [],
  )
  await insertFirstVersions(tree.nodes, blobs, { actorId: userId, now: clock.now() })
  return outcomes
}

/** A client that names a file by itself may name one that is gone for good: nothing takes its place. */
async function insertNodes(
  tree: TreeWriter,
  drafts: readonly FileDraft[],
): Promise<(NodeRow | ProblemError)[]> {
  const purged = await findPurged(
    tree.tx,
    drafts.map(({ id }) => id),
  )
  const free = drafts.filter(({ id }) => !purged.has(id))
  const inserted = await tree.insertAll(
    free.map(({ id, parentId, name, mode, content, ifTaken }) => ({
      node: { id, parentId, name, mode, ...content },
      ifTaken,
    })),
  )
  const outcomes = new Map(free.map(({ id }, index) => [id, inserted[index]]))
  return drafts.map(({ id }) => outcomes.get(id) ?? new ProblemError('id_taken'))
}
