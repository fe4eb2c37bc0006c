import type { Operation } from '../model/operation.ts'
import { keepBooks } from './bookkeeping-steps.ts'
import { recordSend } from './send-intents.ts'
import type { StepContext } from './step-context.ts'
import { RefusedError } from './step-failures.ts'

/**
 * Goes on with what is new here and whose id the server has used up: it was made, without anybody hearing of it, and has
 * gone into the trash with a folder since. What is known to have been sent then counts as gone there; anything else gets
 * a fresh id. Not at the first refusal, as the feed may be about to tell of it. To be asked after the failure was noted.
 */
export function settleUsedUp(context: StepContext, { kind, id }: Operation, error: unknown): void {
  const { store } = context
  const { problems, trees } = store
  const isNew = kind === 'create-remote-folder' || kind === 'upload-new'
  if (!isNew || !(error instanceof RefusedError) || error.code !== 'id_taken') return
  if (trees.remote.has(id) || (problems.get(id)?.attempts ?? 0) < 2) return
  const sent = store.sends.get(id)
  if (sent) store.transaction((writer) => recordSend(store, writer, sent, sent.content))
  else keepBooks(context, [{ kind: 'renew', id }])
}
