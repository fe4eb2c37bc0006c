import { openSyncStore } from '../../sync/store/open-sync-store.ts'
import type { CliContext } from '../cli-command.ts'
import type { Link } from '../settings/links.ts'
import { storePathOf } from '../settings/places.ts'
import { CommandError } from '../command-error.ts'
import { describeOffline } from './describe-offline.ts'
import { lookOnce } from './look-once.ts'
import { LinkAnswers } from './link-answers.ts'

export interface IdleAnswers extends Disposable {
  readonly answers: LinkAnswers
}

/** What is asked that has to be looked at first, and whether it makes sense without the server. */
export type IdleLook = 'none' | 'what-can-be' | 'both-sides'

/**
 * Answers from what the last process of a link left behind, or from what is there now. The caller has the lock of the
 * link. Throws `CommandError` where it cannot be looked at.
 */
export async function openIdleAnswers(
  context: CliContext,
  link: Link,
  look: IdleLook,
): Promise<IdleAnswers> {
  const { store } = openSyncStore(storePathOf(context.places, link.id), context.now())
  using opened = new DisposableStack()
  opened.use(store)
  const answers = new LinkAnswers({ link, store, isRunning: false })
  if (look !== 'none') {
    const { engine, offline } = await lookOnce(context, link, store)
    if (offline !== undefined && look === 'both-sides') {
      const { message, exitCode } = describeOffline(offline, link.server)
      throw new CommandError(message, exitCode)
    }
    answers.takeEngine(engine)
    answers.offline = offline
  }
  const resources = opened.move()
  return { answers, [Symbol.dispose]: () => resources.dispose() }
}
