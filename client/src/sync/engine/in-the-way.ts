import type { Operation } from '../model/operation.ts'
import type { SkippedItem } from '../scan/scan.ts'
import { diskPathOf, type StepContext } from './step-context.ts'
import { RefusedError, StaleError } from './step-failures.ts'

/**
 * Why a step failed that was to put something where nothing is known to lie, or to take away a folder with nothing in
 * it: where that is because of something that is not synced, it does not get better by looking again, and a person is
 * told.
 */
export function explainFailure(
  context: Pick<StepContext, 'store' | 'rootId'>,
  operation: Operation,
  error: unknown,
  skipped: readonly SkippedItem[],
): unknown {
  if (!(error instanceof StaleError) || skipped.length === 0) return error
  const kept = keptIn(context, operation, skipped)
  if (kept) {
    const what = `${kept.path.join('/')} is not synced (${kept.reason})`
    return new RefusedError('folder_not_empty_here', `${what}, and would go with its folder`)
  }
  const target = targetOf(context, operation)
  const item = skipped.find(({ path }) => path.join('/') === target)
  if (!item) return error
  const detail = `what lies at ${target} is not synced (${item.reason}), and has its name`
  return new RefusedError('name_taken_here', detail)
}

/** Something of a person that lies in a folder that a step would take away. What a rule leaves out goes with it. */
function keptIn(
  context: Pick<StepContext, 'store' | 'rootId'>,
  operation: Operation,
  skipped: readonly SkippedItem[],
): SkippedItem | undefined {
  if (operation.kind !== 'trash-local' && operation.kind !== 'dehydrate') return undefined
  const folder = diskPathOf(context, operation.id)
  const beginning = folder && `${folder.join('/')}/`
  return skipped.find(
    ({ path, reason }) => reason !== 'ignored' && beginning && path.join('/').startsWith(beginning),
  )
}

/** Where a step puts something on the disk. */
function targetOf(
  context: Pick<StepContext, 'store' | 'rootId'>,
  operation: Operation,
): string | undefined {
  const { kind } = operation
  if (kind !== 'download' && kind !== 'create-local-folder' && kind !== 'move-local')
    return undefined
  const { parentId, name, diskName } = operation
  const folder = parentId === context.rootId ? [] : diskPathOf(context, parentId)
  return folder && [...folder, diskName ?? name].join('/')
}
