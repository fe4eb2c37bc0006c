import type { DecodedText } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { isUniqueViolation } from '#platform/db/database-errors.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { requireTextFile } from '../content/text-format.ts'
import type { FilesContext } from '../files-context.ts'
import { markVersionsDue } from '../versions/version-dues.ts'
import { requireName } from './name-problems.ts'
import type { NodeRow } from './node-reader.ts'
import { changeTree } from '../tree/change-tree.ts'
import type { IfTaken } from '../tree/tree-writer.ts'

export interface NewTextFile {
  readonly parentId: NodeId
  readonly name: string
  /** Chosen by the client, so that it may ask again when it has not heard the answer. */
  readonly id?: NodeId | undefined
  readonly bytes: Uint8Array
  readonly ifTaken?: IfTaken | undefined
}

/**
 * Makes a text file with its content, whole or not at all. Throws as `Access.requireNode`,
 * `bad_request` for a parent that is no folder, `trashed`, `invalid_name`, `name_taken`, `id_taken`
 * and `not_text`.
 */
export async function createTextFile(
  context: FilesContext,
  caller: Caller,
  file: NewTextFile,
): Promise<{ readonly node: NodeRow; readonly isNew: boolean }> {
  const parent = await context.access.requireNode(caller.userId, file.parentId, 'edit')
  if (parent.kind !== 'folder')
    throw new ProblemError('bad_request', { detail: 'The parent is no folder' })
  if (parent.isTrashed) throw new ProblemError('trashed')
  requireName(file.name)
  const text = requireTextFile(file.bytes, 'import')
  try {
    const node = await insert(context, caller, { ...file, text })
    return { node, isNew: true }
  } catch (error) {
    const isTaken =
      isUniqueViolation(error) || (error instanceof ProblemError && error.code === 'name_taken')
    if (!isTaken) throw error
    const twin = await findTwin(context, caller, file)
    if (twin) return { node: twin, isNew: false }
    throw error
  }
}

function insert(
  context: FilesContext,
  { userId: actorId, sessionId }: Caller,
  file: NewTextFile & { readonly text: DecodedText },
): Promise<NodeRow> {
  const { parentId, name, text } = file
  const { clock, live, served } = context
  const id = file.id ?? (uuidv7() as NodeId)
  const sizeBytes = file.bytes.length
  return changeTree(context, { folderIds: [parentId], actorId }, async (tree) => {
    const node = { id, parentId, name, kind: 'text' as const, format: text.format, sizeBytes }
    const row = await tree.insert(node, file.ifTaken ?? 'fail')
    await live.createText(tree.tx, id, text.text, actorId)
    await served.rememberFirst(tree.tx, sessionId, id)
    if (sizeBytes > 0) await markVersionsDue(tree.tx, [id], clock.now())
    return row
  })
}

/** The node of the wanted id, if the same request has made it. Throws `id_taken` when another has. */
async function findTwin(
  { nodes }: FilesContext,
  caller: Caller,
  { id, parentId, name }: NewTextFile,
): Promise<NodeRow | undefined> {
  const existing = id && (await nodes.find(id))
  if (!existing) return undefined
  const isTwin =
    existing.created_by === caller.userId &&
    existing.parent_id === parentId &&
    existing.name === name &&
    existing.kind === 'text' &&
    existing.trashed_at === null
  if (!isTwin) throw new ProblemError('id_taken')
  return existing
}
