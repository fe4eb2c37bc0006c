import { join } from 'node:path'
import type { SyncEngine } from '../../sync/engine/sync-engine.ts'
import { DiskError } from '../../sync/model/failures.ts'
import type { SyncStore } from '../../sync/store/sync-store.ts'
import type { CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Link } from '../settings/links.ts'
import { linkStateDirOf } from '../settings/places.ts'
import { createEngine, openDisk, openLinkClient, openThrottles } from './link-parts.ts'
import { Selection } from './selection.ts'
import { TransferMemory } from './transfer-memory.ts'

const patienceMs = 60_000

export interface Look {
  readonly engine: SyncEngine
  /** Why the server could not be looked at, as the engine tells it. */
  readonly offline: string | undefined
}

/**
 * An engine that has looked at both sides of a link that nothing runs, and does nothing more. The caller has the lock
 * of the link. Throws `CommandError` when the folder cannot be looked at.
 */
export async function lookOnce(context: CliContext, link: Link, store: SyncStore): Promise<Look> {
  using memory = new TransferMemory(
    join(linkStateDirOf(context.places, link.id), 'transfers.sqlite'),
  )
  const client = await openLinkClient(context, link, openThrottles(link))
  const excluded = link.excluded.map(({ id }) => id)
  const selection = new Selection(store.trees.remote, link.folderId, excluded)
  const engine = createEngine({ link, store, memory, client, selection }, await openFolder(link))
  const patience = AbortSignal.timeout(patienceMs)
  const failure = await engine.observe(patience)
  if (patience.aborted)
    throw new CommandError('One of the sides could not be looked at in time', exitCodes.unreachable)
  return { engine, offline: failure?.message }
}

async function openFolder(link: Link) {
  try {
    return await openDisk(link)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    throw new CommandError(`${link.path} cannot be looked at: ${error.message}`, exitCodes.failed)
  }
}
