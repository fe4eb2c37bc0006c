import type { NodeId } from '@cloudsync/protocol'
import { RemoteError } from '../model/failures.ts'
import type { Operation } from '../model/operation.ts'
import { keepBooks } from './bookkeeping-steps.ts'
import { recordSend } from './send-intents.ts'
import type { StepContext } from './step-context.ts'
import { RefusedError } from './step-failures.ts'

export interface FailedCreationsOptions {
  readonly context: StepContext
  /** Nothing more may be planned until the feed has told all that is on the server by now. */
  readonly askFeed: () => void
}

/**
 * Sees to what is new here and could not be sent. Where the answer was lost, or the id is taken, the server may have it
 * already: until the feed has told, it must not be taken for something else, whatever it is called by now, or it would be
 * there twice.
 */
export class FailedCreations {
  readonly #options: FailedCreationsOptions
  /** Their ids are taken, and the feed was about to tell by what. */
  readonly #refused = new Set<NodeId>()

  constructor(options: FailedCreationsOptions) {
    this.#options = options
  }

  /** To be told of each step that failed. */
  note({ kind, id }: Operation, error: unknown): void {
    if (kind !== 'create-remote-folder' && kind !== 'upload-new') return
    const isTaken = error instanceof RefusedError && error.code === 'id_taken'
    if (isTaken && this.#refused.has(id)) this.#settleUsedUp(id)
    else if (isTaken || error instanceof RemoteError) this.#options.askFeed()
    if (isTaken) this.#refused.add(id)
  }

  /**
   * It was made, without anybody hearing of it, and has gone into the trash with a folder since. What is known to have been
   * sent then counts as gone there; anything else gets a fresh id.
   */
  #settleUsedUp(id: NodeId): void {
    const { context } = this.#options
    const { store, gate } = context
    if (store.trees.remote.has(id)) return
    const sent = store.sends.get(id)
    if (sent) store.transaction((writer) => recordSend(store, writer, sent, sent.content))
    // A look would find it under the id that it had.
    else if (!gate.isLooking) keepBooks(context, [{ kind: 'renew', id }])
  }
}
