import type { Operation } from '../model/operation.ts'
import { keepBooks } from './bookkeeping-steps.ts'
import type { StepContext } from './step-context.ts'
import { RefusedError } from './step-failures.ts'

/**
 * Gives what is new a fresh id where the server has used its own up: it was made, without anybody hearing of it, and has
 * gone into the trash with a folder since. Not at the first refusal, as the feed may be about to tell of it. To be asked
 * after the failure was noted.
 */
export function renewUsedUp(context: StepContext, { kind, id }: Operation, error: unknown): void {
  const { problems, trees } = context.store
  const isNew = kind === 'create-remote-folder' || kind === 'upload-new'
  if (!isNew || !(error instanceof RefusedError) || error.code !== 'id_taken') return
  if (trees.remote.has(id) || (problems.get(id)?.attempts ?? 0) < 2) return
  keepBooks(context, [{ kind: 'renew', id }])
}
