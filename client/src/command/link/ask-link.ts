import type { CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-codes.ts'
import { FileLock } from '../settings/file-lock.ts'
import type { Link } from '../settings/links.ts'
import { controlAddressOf, lockPathOf } from '../settings/places.ts'
import { askDaemon, NotHeardError } from '../daemon/control-client.ts'
import type { LinkMethod, LinkMethods } from './link-methods.ts'
import { openIdleAnswers, type IdleLook } from './open-idle-answers.ts'

const lockWaitMs = 5000

const idleLooks: Partial<Record<LinkMethod, IdleLook>> = {
  plan: 'both-sides',
  explain: 'what-can-be',
  reject: 'what-can-be',
  'held-text': 'what-can-be',
  'resolve-text': 'what-can-be',
}

/**
 * Asks the process that runs a link, or, where there is none, looks into what it left behind: nobody else may have the
 * database open meanwhile, so that the lock of the link is held as long as that takes.
 */
export async function askLink<M extends LinkMethod>(
  context: CliContext,
  link: Link,
  method: M,
  params: LinkMethods[M]['params'],
): Promise<LinkMethods[M]['result']> {
  const { places, platform, signal } = context
  const address = controlAddressOf(places, link.id, platform)
  const reply = await askDaemon(address, method, params, { signal })
  if (reply !== 'not-running') return reply.result as LinkMethods[M]['result']
  using lock = await FileLock.acquire(lockPathOf(places, link.id), lockWaitMs)
  if (!lock) {
    const late = await askDaemon(address, method, params, { signal })
    if (late !== 'not-running') return late.result as LinkMethods[M]['result']
    throw new CommandError(
      'A sync process has this folder and does not answer; stop it and start it again',
      exitCodes.alreadyRunning,
    )
  }
  using idle = await openIdleAnswers(context, link, idleLooks[method] ?? 'none')
  return await idle.answers.answer(method, params)
}

/** Has the processes of all links with a server go on in the name of who is signed in there now, if anybody is. */
export async function tellSignedIn(context: CliContext, server: string): Promise<void> {
  const ofServer = (await context.links.list()).filter((link) => link.server === server)
  await Promise.all(ofServer.map((link) => tell(context, link, 'signed-in')))
}

/** Has the process of a link, where there is one, read the link's file anew. Says whether there is one. */
export async function tellDaemon(context: CliContext, link: Link): Promise<boolean> {
  return tell(context, link, 'reload')
}

/** What was changed is written already, and found by a process that goes on: one that hears nothing is worth a note. */
async function tell(
  { places, platform, signal, terminal }: CliContext,
  link: Link,
  method: 'reload' | 'signed-in',
): Promise<boolean> {
  const address = controlAddressOf(places, link.id, platform)
  try {
    return (await askDaemon(address, method, {}, { signal })) !== 'not-running'
  } catch (error) {
    if (!(error instanceof NotHeardError)) throw error
    terminal.note(`${link.path}: ${error.message}`)
    return true
  }
}
