import { openSyncStore } from '../../sync/store/open-sync-store.ts'
import type { CliContext } from '../cli-command.ts'
import type { Link } from '../settings/links.ts'
import { storePathOf } from '../settings/places.ts'
import { lookOnce } from './look-once.ts'
import { LinkAnswers } from './link-answers.ts'

export interface IdleAnswers extends Disposable {
  readonly answers: LinkAnswers
}

/**
 * Answers from what the last process of a link left behind; with `looks`, from what is there now. The caller has the
 * lock of the link.
 */
export async function openIdleAnswers(
  context: CliContext,
  link: Link,
  { looks }: { looks: boolean },
): Promise<IdleAnswers> {
  const { store } = openSyncStore(storePathOf(context.places, link.id), context.now())
  using opened = new DisposableStack()
  opened.use(store)
  const answers = new LinkAnswers({ link, store, isRunning: false })
  if (looks) answers.engine = await lookOnce(context, link, store)
  const resources = opened.move()
  return { answers, [Symbol.dispose]: () => resources.dispose() }
}
