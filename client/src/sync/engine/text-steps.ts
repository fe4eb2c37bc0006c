import type { NodeId } from '@cloudsync/protocol'
import type { ContentName } from '../model/entry.ts'
import { nodeKey } from '../model/fingerprint.ts'
import type { TextExchange } from '../ports.ts'
import { absorbText, asksFirst, outgoingText } from '../texts/absorb-text.ts'
import { ingestText } from '../texts/ingest-text.ts'
import { isFormatUnsent } from '../texts/shared-format.ts'
import { copyBytes, nextWrite, sha256Of, type TextState } from '../texts/text-state.ts'
import { agreeOnShown } from './agree-on-shown.ts'
import { beginTexts, type Alone, type MergeText } from './begin-texts.ts'
import { replaceByBlob } from './replace-by-blob.ts'
import { localFile, takeAnswer, valueOf, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { agreeOnText, storeText } from './store-text.ts'
import { clientId, emptyVector } from './text-client.ts'
import { noteTextConflict, settleBroken } from './text-conflicts.ts'
import { readTextFile, writeTextFile } from './text-files.ts'
import { decodeMemory, goOnStarting, type TextMemory } from './text-start.ts'

/** A text on its way through one step. */
interface Merging {
  readonly id: NodeId
  readonly fileName: string
  readonly disk: Uint8Array
  state: TextState
  isPull: boolean
  hasAsked: boolean
}

/**
 * Brings texts together: what programs typed into the files goes up, what others typed comes down, all of them in one
 * question to the server each time. One outcome each: what it failed by, or `undefined`.
 */
export async function mergeTexts(
  context: StepContext,
  operations: readonly MergeText[],
): Promise<readonly unknown[]> {
  const failures = new Map<NodeId, unknown>()
  const alone = async <T>(id: NodeId, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      failures.set(id, error)
      return undefined
    }
  }
  const merging: Merging[] = []
  for (const { id } of await beginTexts(context, operations, alone)) {
    const text = await alone(id, () => prepare(context, id))
    if (text) merging.push(text)
  }
  await exchangeAll(context, merging, alone)
  // Of files that only programs read, the first answer told what there is; what was typed here follows.
  const asked = merging.filter(
    ({ id, isPull, hasAsked }) => isPull && hasAsked && !failures.has(id),
  )
  for (const text of asked) text.isPull = false
  await exchangeAll(context, asked, alone)
  return operations.map(({ id }) => failures.get(id))
}

async function prepare(context: StepContext, id: NodeId): Promise<Merging | undefined> {
  const { entry, path } = localFile(context, id)
  const disk = await readTextFile(context, id)
  let memory = decodeMemory(context.store.findText(id))
  if (memory?.kind === 'starting') memory = await finishStarting(context, id, memory, disk)
  if (memory?.kind !== 'state') throw new StaleError('nothing is known of its history')
  const fileName = path.at(-1) ?? entry.name
  const { entry: current } = localFile(context, id)
  const shown = current.content === entry.content ? disk : await readTextFile(context, id)
  const diskNode = current.fingerprint ? nodeKey(current.fingerprint) : undefined
  // A write would have put another file there.
  const isSameFile = diskNode !== undefined && diskNode === memory.state.diskNode
  const mayBeWritten = !isSameFile && !context.certainTexts.has(id)
  const options = { clientId: clientId(context), mayBeWritten }
  const ingested = ingestText(memory.state, shown, options)
  if (ingested.kind === 'crosses-to-blob') {
    await replaceByBlob(context, id)
    return undefined
  }
  const state = { ...ingested.state, diskNode }
  storeText(context, id, { kind: 'state', state }, (writer) =>
    agreeOnShown(context, writer, current, state),
  )
  context.certainTexts.add(id)
  const isPull = asksFirst(fileName, state)
  return { id, fileName, disk: shown, state, isPull, hasAsked: false }
}

/** Writes what both sides together say into the file, which showed less so far. */
async function finishStarting(
  context: StepContext,
  id: NodeId,
  memory: Extract<TextMemory, { kind: 'starting' }>,
  disk: Uint8Array,
): Promise<TextMemory> {
  const next = goOnStarting(memory, disk, clientId(context))
  if (!next) throw new StaleError('the file is no text any more')
  storeText(context, id, next)
  if (next.kind !== 'starting') return next
  const write = nextWrite(next.state)
  if (!write) return { kind: 'state', state: next.state }
  const state = await writeTextFile(context, id, write, next.state)
  return { kind: 'state', state }
}

async function exchangeAll(
  context: StepContext,
  merging: readonly Merging[],
  alone: Alone,
): Promise<void> {
  if (merging.length === 0) return
  const before = merging.map(({ id }) => context.store.trees.remote.get(id))
  const outgoing = merging.map(({ state, isPull }) => outgoingText(state, isPull))
  const answers = await context.world.remote.exchangeTexts(
    merging.map(({ id }, index): TextExchange => ({
      id,
      stateVector: outgoing[index]?.stateVector ?? emptyVector,
      update: outgoing[index]?.update ?? new Uint8Array(),
      ...(outgoing[index]?.keepsVersion ? { keepsVersion: true } : {}),
    })),
  )
  for (const [index, text] of merging.entries())
    await alone(text.id, async () => {
      const answer = answers[index]
      if (!answer) throw new StaleError('the server did not answer for it')
      const { update, content } = valueOf(answer)
      const known = context.store.trees.remote.get(text.id)
      // What the feed told meanwhile may be later than this answer.
      if (known && known === before[index] && known.content !== content)
        context.store.transaction((writer) => writer.putRemote({ ...known, content }))
      await absorb(context, text, {
        update,
        content,
        sentUpdates: outgoing[index]?.sentUpdates ?? 0,
      })
    })
}

async function absorb(
  context: StepContext,
  text: Merging,
  answer: { update: Uint8Array; content: ContentName; sentUpdates: number },
): Promise<void> {
  const { id, fileName } = text
  const wasHeld = text.state.isHeld
  const absorbed = absorbText(text.state, { fileName, ...answer })
  text.state = absorbed.state
  text.hasAsked = true
  storeText(context, id, { kind: 'state', state: absorbed.state })
  if (absorbed.kind === 'conflict') {
    text.isPull = false
    noteTextConflict(context, id, 'broken-structure', '')
    agreeOnText(
      context,
      id,
      localFile(context, id).entry,
      answer.content,
      absorbed.state.diskSha256,
    )
    return
  }
  if (wasHeld) settleBroken(context, id)
  if (absorbed.overlaps.length > 0)
    noteTextConflict(context, id, 'text-overlap', JSON.stringify(absorbed.overlaps))
  if (absorbed.isUnreadable) noteTextConflict(context, id, 'broken-structure', '')
  // What is not sent yet keeps both sides apart.
  if (text.isPull && absorbed.state.pending.length > 0) return
  if (absorbed.write) text.state = await writeTextFile(context, id, absorbed.write, absorbed.state)
  // What is agreed on is what was answered: others may have typed until the server took this.
  if (isFormatUnsent(text.state)) await sendFormat(context, id, text.state)
  agreeOnText(context, id, localFile(context, id).entry, answer.content, text.state.diskSha256)
}

/** Edits say nothing of line ends and byte order marks; the whole file does. */
async function sendFormat(context: StepContext, id: NodeId, state: TextState): Promise<void> {
  const { content: base = '' } = state
  const bytes = copyBytes(state)
  const file = { id, content: once(bytes), sha256: sha256Of(bytes), sizeBytes: bytes.length }
  const { entry } = valueOf(await context.world.remote.replace(file, base))
  context.store.transaction((writer) => takeAnswer(context, writer, entry))
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
