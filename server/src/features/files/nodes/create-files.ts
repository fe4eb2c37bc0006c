import type { NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { contentOf } from '../content/file-content.ts'
import type { BatchFile } from '../content/read-file-batch.ts'
import { textLimits } from '../content/text-format.ts'
import type { FilesContext } from '../files-context.ts'
import { changeTree } from '../tree/change-tree.ts'
import { findTwin, insertFile, requireParent, type FileDraft } from './create-file.ts'
import { requireName } from './name-problems.ts'

/** A file that was made, or is there from an earlier request; or the problem with which it is refused. */
export type FileOutcome = NodeId | ProblemError

/** Makes many files in one transaction, each with an outcome of its own: what one is refused for stops no other. */
export async function createFiles(
  context: FilesContext,
  caller: Caller,
  files: readonly BatchFile[],
): Promise<FileOutcome[]> {
  const outcomes = new Map<BatchFile, FileOutcome>()
  const settle = async (file: BatchFile, work: () => Promise<NodeId | undefined>) => {
    const outcome = await refusable(work)
    if (outcome !== undefined) outcomes.set(file, outcome)
  }
  const requirePlace = placeCheck(context, caller)
  for (const file of files) await settle(file, () => requirePlace(file))
  const drafts: (readonly [BatchFile, FileDraft])[] = []
  for (const draft of await takeIn(context, caller, remaining(files, outcomes))) {
    const [file, { incoming, content }] = draft
    const findMade = async () =>
      (await findTwin(context, caller, { ...file, incoming }, content.kind))?.id
    await settle(file, findMade)
    if (!outcomes.has(file)) drafts.push(draft)
  }
  for (const [file, outcome] of await insertAll(context, caller, drafts))
    outcomes.set(file, outcome)
  return files.map((file) => outcomes.get(file) ?? new ProblemError('internal'))
}

function remaining(files: readonly BatchFile[], outcomes: ReadonlyMap<BatchFile, unknown>) {
  return files.filter((file) => !outcomes.has(file))
}

/** Asks once for each folder. */
function placeCheck(context: FilesContext, caller: Caller) {
  const parents = new Map<NodeId, Promise<void>>()
  return async ({ parentId, name }: BatchFile): Promise<undefined> => {
    const parent = parents.get(parentId) ?? requireParent(context, caller, parentId)
    parents.set(parentId, parent)
    await parent
    requireName(name)
  }
}

/** Stores the contents of files, all with one write. */
async function takeIn(
  context: FilesContext,
  caller: Caller,
  files: readonly BatchFile[],
): Promise<(readonly [BatchFile, FileDraft])[]> {
  const contents = files.map((file) => file.bytes)
  const taken = await context.intake.takeAll(contents, textLimits.import)
  return Promise.all(
    files.map(async (file, index) => {
      const incoming = taken[index]
      if (!incoming) throw new ProblemError('internal')
      const content = await contentOf(incoming, file.name)
      const id = file.id ?? (uuidv7() as NodeId)
      const { parentId, name, ifTaken = 'fail' } = file
      return [file, { id, parentId, name, ifTaken, incoming, content, caller }] as const
    }),
  )
}

/** In one transaction, which may run again from its start. */
async function insertAll(
  context: FilesContext,
  caller: Caller,
  drafts: readonly (readonly [BatchFile, FileDraft])[],
): Promise<Map<BatchFile, FileOutcome>> {
  if (drafts.length === 0) return new Map()
  const folderIds = [...new Set(drafts.map(([, draft]) => draft.parentId))]
  return changeTree(context, { folderIds, actorId: caller.userId }, async (tree) => {
    const outcomes = new Map<BatchFile, FileOutcome>()
    for (const [file, draft] of drafts)
      outcomes.set(file, await refusable(async () => (await insertFile(context, tree, draft)).id))
    return outcomes
  })
}

/** What work gives, or the problem that it throws. */
async function refusable<Result>(work: () => Promise<Result>): Promise<Result | ProblemError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ProblemError) return error
    throw error
  }
}
