import type { Operation } from '../model/operation.ts'
import { createLocalFolder, download, keepCopy, moveLocal } from './local-steps.ts'
import { downloadLink } from './link-steps.ts'
import { changeLocalMode, changeRemoteMode } from './mode-steps.ts'
import type { Step } from './plan-run.ts'
import {
  createRemoteFolder,
  moveRemote,
  prepareUpload,
  restoreRemote,
  uploadChange,
  uploadNew,
  type PreparedUpload,
} from './remote-steps.ts'
import type { StepContext } from './step-context.ts'
import { trashLocal } from './trash-local.ts'
import { trashRemote } from './trash-remote.ts'
import { mergeTexts } from './text-steps.ts'

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>

/** Carries out steps that go together. One outcome each: what it failed by, or `undefined`. */
export async function runSteps(
  context: StepContext,
  steps: readonly Step[],
): Promise<readonly unknown[]> {
  const operations = steps.map(({ operation }) => operation)
  try {
    const [first] = operations
    if (first?.kind === 'merge-text')
      return await mergeTexts(context, ofKind(operations, first.kind))
    if (first?.kind === 'upload-new') return await upload(context, ofKind(operations, first.kind))
    if (first?.kind === 'trash-remote')
      return await trashRemote(context, ofKind(operations, first.kind))
    // Small downloads at once, so that one request brings them; anything else comes alone.
    const outcomes = await Promise.allSettled(
      operations.map((operation) => runAlone(context, operation)),
    )
    return outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined))
  } catch (error) {
    return operations.map(() => error)
  }
}

async function runAlone(context: StepContext, operation: Operation): Promise<void> {
  switch (operation.kind) {
    case 'create-remote-folder':
      return createRemoteFolder(context, operation)
    case 'upload-change':
      return uploadChange(context, operation)
    case 'move-remote':
      return moveRemote(context, operation)
    case 'mode-remote':
      return changeRemoteMode(context, operation)
    case 'mode-local':
      return changeLocalMode(context, operation)
    case 'restore-remote':
      return restoreRemote(context, operation)
    case 'create-local-folder':
      return createLocalFolder(context, operation)
    case 'download':
      return context.store.trees.remote.get(operation.id)?.kind === 'symlink'
        ? downloadLink(context, operation)
        : download(context, operation)
    case 'move-local':
      return moveLocal(context, operation)
    case 'keep-copy':
      return keepCopy(context, operation)
    case 'trash-local':
    case 'dehydrate':
      return trashLocal(context, operation)
    case 'adopt':
    case 'renew':
    case 'settle':
    case 'forget':
    case 'upload-new':
    case 'merge-text':
    case 'trash-remote':
      throw new Error(`${operation.kind} does not go alone`)
  }
}

async function upload(
  context: StepContext,
  operations: readonly Of<'upload-new'>[],
): Promise<readonly unknown[]> {
  const failures = new Map<Operation, unknown>()
  // By what was asked for: what is sent may be something else, where it was sent before.
  const prepared = new Map<Operation, PreparedUpload>()
  for (const operation of operations)
    try {
      prepared.set(operation, await prepareUpload(context, operation))
    } catch (error) {
      failures.set(operation, error)
    }
  const outcomes = await uploadNew(context, [...prepared.values()])
  for (const [index, operation] of [...prepared.keys()].entries())
    if (outcomes[index] !== undefined) failures.set(operation, outcomes[index])
  return operations.map((operation) => failures.get(operation))
}

function ofKind<K extends Operation['kind']>(operations: readonly Operation[], kind: K): Of<K>[] {
  return operations.filter((operation): operation is Of<K> => operation.kind === kind)
}
