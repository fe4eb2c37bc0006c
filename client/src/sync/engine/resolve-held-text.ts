import { freeName, nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { isSameState } from '../model/fingerprint.ts'
import { resolveText } from '../texts/absorb-text.ts'
import { copyBytes, copyText, textOf, type TextState } from '../texts/text-state.ts'
import { localFile, valueOf, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { readTextFile, writeTextFile } from './text-files.ts'
import { decodeMemory, holdText } from './text-start.ts'
import { storeText } from './store-text.ts'
import { clientId, emptyVector } from './text-client.ts'
import { settleBroken } from './text-conflicts.ts'

export type TextChoice = 'mine' | 'theirs' | 'both'

/** Both sides of a text that wait for a person, as this machine knows them. */
export interface HeldText {
  /** What the file on this disk says. */
  readonly mine: string
  readonly theirs: string
}

/** `undefined`: both sides are together in it, or it is gone. Throws `RemoteError` where the server has to be asked. */
export async function findHeldText(
  context: StepContext,
  id: NodeId,
): Promise<HeldText | undefined> {
  const state = await heldState(context, id)
  return state && { mine: copyText(state), theirs: textOf(state.known, state.incoming) }
}

/**
 * A person has decided about a text of which both sides together could be read by no program. `both` keeps the file as
 * it is here beside the server's. No step of the same text may run meanwhile. `changed`: the file is not what was decided
 * about any more.
 */
export async function resolveHeldText(
  context: StepContext,
  id: NodeId,
  choice: TextChoice,
): Promise<'done' | 'not-held' | 'changed'> {
  try {
    const state = await heldState(context, id)
    if (!state) return 'not-held'
    await decide(context, id, choice, state)
    return 'done'
  } catch (error) {
    if (error instanceof StaleError) return 'changed'
    throw error
  }
}

async function decide(
  context: StepContext,
  id: NodeId,
  choice: TextChoice,
  state: TextState,
): Promise<void> {
  await requireSame(context, id, state)
  if (choice === 'both') await keepBeside(context, id, state)
  const { state: next, write } = resolveText(
    state,
    choice === 'both' ? 'theirs' : choice,
    clientId(context),
  )
  storeText(context, id, { kind: 'state', state: next })
  if (write) await writeTextFile(context, id, write, next)
  const { synced } = context.store.trees
  const known = synced.get(id)
  context.store.transaction((writer) => {
    // The file says something else than what both sides agreed on, so that the next plan brings them together.
    if (known) writer.putSynced({ ...known, localContent: null })
  })
  settleBroken(context, id)
}

async function heldState(context: StepContext, id: NodeId): Promise<TextState | undefined> {
  const { store, world } = context
  const memory = decodeMemory(store.findText(id))
  if (memory?.kind === 'state') return memory.state.isHeld ? memory.state : undefined
  const isHeld = store
    .listConflicts()
    .some(
      ({ nodeId, kind, resolvedAtMs }) =>
        nodeId === id && kind === 'broken-structure' && resolvedAtMs === undefined,
    )
  if (!isHeld) return undefined
  // Its history was not taken up yet.
  const disk = await readTextFile(context, id)
  const [answer] = await world.remote.exchangeTexts([
    { id, stateVector: emptyVector, update: new Uint8Array() },
  ])
  if (!answer) throw new StaleError('the server did not answer for it')
  return holdText({ disk, answer: valueOf(answer), clientId: clientId(context) })
}

async function requireSame(context: StepContext, id: NodeId, state: TextState): Promise<void> {
  const { entry, path } = localFile(context, id)
  const item = await context.world.disk.look(path)
  const isSame =
    entry.content === state.diskSha256 &&
    entry.fingerprint !== null &&
    item !== undefined &&
    isSameState(entry.fingerprint, item.fingerprint)
  if (isSame) return
  context.suspect(path.slice(0, -1))
  throw new StaleError('the file has changed just now; look at it again')
}

async function keepBeside(context: StepContext, id: NodeId, state: TextState): Promise<void> {
  const { path } = localFile(context, id)
  const folder = path.slice(0, -1)
  const items = await context.world.disk.list(folder)
  const taken = new Set(items.map(({ name }) => nameKey(name)))
  const name = freeName(path.at(-1) ?? '', (candidate) => taken.has(nameKey(candidate)))
  const outcome = await context.world.disk.write([...folder, name], once(copyBytes(state)), null)
  context.suspect(folder)
  if (outcome.kind === 'changed') throw new StaleError('something of that name came; try again')
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
