import type { FileMode, NodeId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { NodeAccess } from '#features/access/index.ts'
import { isUniqueViolation } from '#platform/db/database-errors.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Incoming } from '../content/content-intake.ts'
import { contentOf } from '../content/file-content.ts'
import { incomingOf } from '../content/link-content.ts'
import type { FilesContext } from '../files-context.ts'
import { requireName } from './name-problems.ts'
import type { NodeRow } from './node-reader.ts'
import { changeTree } from '../tree/change-tree.ts'
import type { IfTaken } from '../tree/folder-listing.ts'
import { insertFile } from './insert-files.ts'
import type { FileContent } from './node-columns.ts'

export interface NewFile {
  readonly parentId: NodeId
  readonly name: string
  /** Chosen by the client, so that it may ask again when it has not heard the answer. */
  readonly id?: NodeId | undefined
  readonly incoming: Incoming
  readonly ifTaken?: IfTaken | undefined
  readonly mode?: FileMode | undefined
  /** What is written with it, in its transaction; it may run again. */
  readonly also?: ((tx: Transaction<Schema>, nodeId: NodeId) => Promise<void>) | undefined
}

/**
 * Lets pass who may make a file in a folder. Throws as `Access.requireNode`, `bad_request`
 * for a parent that is no folder, `trashed` and `invalid_name`: what can be told before bytes arrive.
 */
export async function requirePlace(
  context: FilesContext,
  caller: Caller,
  { parentId, name }: Pick<NewFile, 'parentId' | 'name'>,
): Promise<NodeAccess> {
  const parent = await requireParent(context, caller, parentId)
  requireName(name)
  return parent
}

/** As `requirePlace`, for files of any name. */
export async function requireParent(
  { access }: FilesContext,
  caller: Caller,
  parentId: NodeId,
): Promise<NodeAccess> {
  const parent = await access.requireNode(caller.userId, parentId, 'node.create')
  if (parent.kind !== 'folder')
    throw new ProblemError('bad_request', { detail: 'The parent is no folder' })
  if (parent.isTrashed) throw new ProblemError('trashed')
  return parent
}

/**
 * Makes a file with its content, whole or not at all. Throws as `requirePlace`, `quota_exceeded`, `name_taken`,
 * `id_taken` and `invalid_link`.
 */
export async function createFile(
  context: FilesContext,
  caller: Caller,
  given: NewFile,
): Promise<{ readonly node: NodeRow; readonly isNew: boolean }> {
  await requirePlace(context, caller, given)
  const incoming = await incomingOf(context.contents, given.mode, given.incoming)
  const file = { ...given, incoming }
  const id = file.id ?? (uuidv7() as NodeId)
  const content = await contentOf(incoming, file.name, file.mode)
  const draft = { ...file, id, content, ifTaken: file.ifTaken ?? 'fail' }
  const change = { folderIds: [file.parentId], actorId: caller.userId, onlyMakes: true }
  try {
    const node = await changeTree(context, change, async (tree) => {
      const row = await insertFile(context, tree, caller, draft)
      await file.also?.(tree.tx, row.id)
      return row
    })
    return { node, isNew: true }
  } catch (error) {
    // The same request may have taken the room, or the name.
    const isTaken =
      isUniqueViolation(error) ||
      (error instanceof ProblemError && ['name_taken', 'quota_exceeded'].includes(error.code))
    if (!isTaken) throw error
    const twin = await findTwin(context, caller, file, content.kind)
    if (twin) return { node: twin, isNew: false }
    throw error
  }
}

/** The node of the wanted id, if the same request has made it. Throws `id_taken` when another has. */
async function findTwin(
  { nodes }: FilesContext,
  caller: Caller,
  file: NewFile,
  kind: FileContent['kind'],
): Promise<NodeRow | undefined> {
  const existing = file.id && (await nodes.find(file.id))
  if (existing) requireTwin(existing, caller, file, kind)
  return existing
}

/** Throws `id_taken` for a node that is not what making the file would have left. */
export function requireTwin(
  existing: NodeRow,
  caller: Caller,
  { parentId, name, incoming, mode }: NewFile,
  kind: FileContent['kind'],
): void {
  const isTwin =
    existing.created_by === caller.userId &&
    existing.parent_id === parentId &&
    existing.name === name &&
    existing.kind === kind &&
    (existing.mode === 'symlink') === (mode === 'symlink') &&
    (incoming.kind === 'text' || existing.sha256?.toString('hex') === incoming.sha256) &&
    existing.trashed_at === null
  if (!isTwin) throw new ProblemError('id_taken')
}
