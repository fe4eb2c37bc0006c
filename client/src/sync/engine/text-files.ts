import type { NodeId } from '@cloudsync/protocol'
import type { Fingerprint, LocalEntry } from '../model/entry.ts'
import { isSameState, nodeKey } from '../model/fingerprint.ts'
import type { DiskPath, PlaceOutcome } from '../ports.ts'
import { written, type TextState, type TextWrite } from '../texts/text-state.ts'
import { done } from './disk-outcomes.ts'
import { localFile, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { agreeOnShown } from './agree-on-shown.ts'
import { encodeMemory } from './text-start.ts'
import { noteWrite } from './write-intents.ts'

/** Throws `StaleError` where it is not what the local tree says. */
export async function readTextFile(context: StepContext, id: NodeId): Promise<Uint8Array> {
  const { entry, path } = localFile(context, id)
  if (!entry.fingerprint || entry.content === null) throw new StaleError('it was not read yet')
  const parts: Uint8Array[] = []
  for await (const part of context.world.disk.read(path, entry.fingerprint)) parts.push(part)
  return Buffer.concat(parts)
}

/** Writes what both sides together say, and records that. */
export async function writeTextFile(
  context: StepContext,
  id: NodeId,
  write: TextWrite,
  state: TextState,
): Promise<TextState> {
  return context.gate.act(async () => {
    const { entry, path } = localFile(context, id)
    if (entry.content !== write.replaces || !entry.fingerprint) return refuse(context, path)
    context.certainTexts.delete(id)
    const outcome: PlaceOutcome =
      write.sha256 === entry.content
        ? { kind: 'done', value: entry.fingerprint }
        : await writeOver(context, entry, path, write)
    // Whether they had ours before them when they saved is to be seen by what they saved.
    if (outcome.isChangedSince) return refuse(context, path)
    if (outcome.kind === 'done') context.certainTexts.add(id)
    const fingerprint = done(context, outcome, path)
    const next = { ...written(state, write.sha256), diskNode: nodeKey(fingerprint) }
    context.store.transaction((writer) => {
      writer.putText(id, encodeMemory({ kind: 'state', state: next }))
      agreeOnShown(context, writer, entry, next)
      writer.putLocal({ ...entry, content: write.sha256, fingerprint })
      writer.removeWrite(id)
    })
    return next
  })
}

/** Where it throws, nobody knows whether it was written, but for what there is to be seen. */
async function writeOver(
  context: StepContext,
  entry: LocalEntry,
  path: DiskPath,
  { bytes, sha256 }: TextWrite,
): Promise<PlaceOutcome> {
  const { world, certainTexts } = context
  const { fingerprint: expected } = entry
  const staged = (fingerprint: Fingerprint) =>
    noteWrite(context, { ...entry, content: sha256, fingerprint }, undefined)
  try {
    return await world.disk.write(path, once(bytes), expected, staged)
  } catch (error) {
    const item = await world.disk.look(path).catch(() => undefined)
    if (item && expected && isSameState(expected, item.fingerprint)) certainTexts.add(entry.id)
    throw error
  }
}

function refuse(context: StepContext, path: DiskPath): never {
  context.suspect(path.slice(0, -1))
  throw new StaleError('it has changed on the disk')
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
