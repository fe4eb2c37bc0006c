import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { NodeAccess } from '#features/access/index.ts'
import { listUsages } from '#features/spaces/index.ts'
import { isUniqueViolation } from '#platform/db/database-errors.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError, refusable } from '#platform/problem-error.ts'
import { contentOf } from '../content/file-content.ts'
import { incomingOf } from '../content/link-content.ts'
import type { BatchFile } from '../content/read-file-batch.ts'
import { textLimits } from '../content/text-format.ts'
import type { FilesContext } from '../files-context.ts'
import { changeTree } from '../tree/change-tree.ts'
import { requireParent, requireTwin } from './create-file.ts'
import { insertFiles, type FileDraft } from './insert-files.ts'
import { requireName } from './name-problems.ts'
import type { NodeRow } from './node-reader.ts'

/** The node of a file that was made, or is there from an earlier request; or the problem with which it is refused. */
export type FileOutcome = NodeRow | ProblemError

/** Makes many files in one transaction, each with an outcome of its own: what one is refused for stops no other. */
export async function createFiles(
  context: FilesContext,
  caller: Caller,
  files: readonly BatchFile[],
): Promise<FileOutcome[]> {
  const outcomes = new Map<BatchFile, FileOutcome>()
  const settle = async (
    file: BatchFile,
    work: () => NodeRow | undefined | Promise<NodeRow | undefined>,
  ) => {
    const outcome = await refusable(work)
    if (outcome !== undefined) outcomes.set(file, outcome)
  }
  const requireFirst = idCheck()
  const spaceIds = new Set<SpaceId>()
  const requirePlace = placeCheck(context, caller, spaceIds)
  for (const file of files)
    await settle(file, () => {
      requireFirst(file)
      return requirePlace(file)
    })
  const taken = await takeIn(context, remaining(files, outcomes), settle)
  const settleMade = async () => {
    const existing = await context.nodes.list(taken.flatMap(([{ id }]) => id ?? []))
    const twins = new Map(existing.map((row) => [row.id, row]))
    for (const [file, { id, incoming, content }] of taken)
      await settle(file, () => {
        const twin = twins.get(id)
        if (twin) requireTwin(twin, caller, { ...file, incoming }, content.kind)
        return twin
      })
    return taken.filter(([file]) => !outcomes.has(file))
  }
  const insert = async () => insertAll(context, caller, await settleMade(), spaceIds)
  const made = await insert().catch((error: unknown) => {
    // The same files were made meanwhile, as when a request is sent again before it is answered.
    if (!isUniqueViolation(error)) throw error
    return insert()
  })
  for (const [file, outcome] of made) outcomes.set(file, outcome)
  return files.map((file) => outcomes.get(file) ?? new ProblemError('internal'))
}

/** Throws `id_taken` for a file whose id an earlier one has. */
function idCheck() {
  const ids = new Set<NodeId>()
  return ({ id }: BatchFile): void => {
    if (id === undefined) return
    if (ids.has(id)) throw new ProblemError('id_taken')
    ids.add(id)
  }
}

function remaining(files: readonly BatchFile[], outcomes: ReadonlyMap<BatchFile, unknown>) {
  return files.filter((file) => !outcomes.has(file))
}

/** Asks once for each folder, and gathers where these are. */
function placeCheck(context: FilesContext, caller: Caller, spaceIds: Set<SpaceId>) {
  const parents = new Map<NodeId, Promise<NodeAccess>>()
  return async ({ parentId, name }: BatchFile): Promise<undefined> => {
    const parent = parents.get(parentId) ?? requireParent(context, caller, parentId)
    parents.set(parentId, parent)
    const { spaceId } = await parent
    spaceIds.add(spaceId)
    requireName(name)
  }
}

/** Stores the contents of files, all with one write. Settles those that are refused for what is in them. */
async function takeIn(
  context: FilesContext,
  files: readonly BatchFile[],
  settle: (file: BatchFile, work: () => Promise<undefined>) => Promise<void>,
): Promise<(readonly [BatchFile, FileDraft])[]> {
  const contents = files.map((file) => file.bytes)
  const taken = await context.intake.takeAll(contents, textLimits.import)
  const drafts: (readonly [BatchFile, FileDraft])[] = []
  for (const [index, file] of files.entries())
    await settle(file, async () => {
      const given = taken[index]
      if (!given) throw new ProblemError('internal')
      const { parentId, name, mode, ifTaken = 'fail' } = file
      const incoming = await incomingOf(context.contents, mode, given)
      const content = await contentOf(incoming, name, mode)
      const id = file.id ?? (uuidv7() as NodeId)
      drafts.push([file, { id, parentId, name, mode, ifTaken, incoming, content }])
      return undefined
    })
  return drafts
}

/** In one transaction, which may run again from its start. */
async function insertAll(
  context: FilesContext,
  caller: Caller,
  drafts: readonly (readonly [BatchFile, FileDraft])[],
  spaceIds: ReadonlySet<SpaceId>,
): Promise<Map<BatchFile, FileOutcome>> {
  if (drafts.length === 0) return new Map()
  const usages = await listUsages(context.db.kysely, [...spaceIds])
  const folderIds = [...new Set(drafts.map(([, draft]) => draft.parentId))]
  const change = { folderIds, actorId: caller.userId, onlyMakes: true }
  return changeTree(context, change, async (tree) => {
    for (const [spaceId, usage] of usages) tree.nodes.charges.learn(spaceId, usage)
    const files = drafts.map(([, draft]) => draft)
    const made = await insertFiles(context, tree, caller, files)
    return new Map(
      drafts.map(([file], index) => [file, made[index] ?? new ProblemError('internal')]),
    )
  })
}
