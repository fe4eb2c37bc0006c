import { structureOf } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { Doc, encodeStateVector } from 'yjs'
import type { ContentName, LocalEntry } from '../model/entry.ts'
import { nodeKey } from '../model/fingerprint.ts'
import type { Operation } from '../model/operation.ts'
import type { TextAnswer, TextExchange } from '../ports.ts'
import { absorbText, asksFirst, outgoingText } from '../texts/absorb-text.ts'
import type { ConflictRecord } from '../store/records.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import { ingestText } from '../texts/ingest-text.ts'
import { isFormatUnsent } from '../texts/shared-format.ts'
import { copyBytes, nextWrite, sha256Of, type TextState } from '../texts/text-state.ts'
import { uploadChange } from './remote-steps.ts'
import {
  localFile,
  shownPath,
  syncedWith,
  takeAnswer,
  valueOf,
  type StepContext,
} from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { agreeOnShown } from './agree-on-shown.ts'
import { readTextFile, writeTextFile } from './text-files.ts'
import {
  baseOfState,
  beginText,
  decodeMemory,
  encodeMemory,
  goOnStarting,
  type KnownText,
  type TextMemory,
} from './text-start.ts'

type MergeText = Extract<Operation, { kind: 'merge-text' }>

/** A text on its way through one step. */
interface Merging {
  readonly id: NodeId
  readonly fileName: string
  readonly disk: Uint8Array
  state: TextState
  isPull: boolean
  hasAsked: boolean
}

export const emptyVector = emptyStateVector()

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
  for (const { id } of await beginAll(context, operations, alone)) {
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

type Alone = <T>(id: NodeId, work: () => Promise<T>) => Promise<T | undefined>

/** Fetches the history of the texts of which there is none yet. */
async function beginAll(
  context: StepContext,
  operations: readonly MergeText[],
  alone: Alone,
): Promise<readonly MergeText[]> {
  const known: MergeText[] = []
  const fresh: { operation: MergeText; base: Uint8Array | undefined }[] = []
  for (const operation of operations) {
    const memory = decodeMemory(context.store.findText(operation.id))
    const base = baseOf(context, operation.id, memory)
    if (base === 'known') known.push(operation)
    else fresh.push({ operation, base })
  }
  if (fresh.length === 0) return known
  const answers = await context.world.remote.exchangeTexts(
    fresh.map(({ operation: { id } }) => ({
      id,
      stateVector: emptyVector,
      update: new Uint8Array(),
    })),
  )
  for (const [index, { operation, base }] of fresh.entries()) {
    const answer = answers[index]
    const isBegun = await alone(operation.id, async () => {
      if (!answer) throw new StaleError('the server did not answer for it')
      return begin(context, operation, base, valueOf(answer))
    })
    if (isBegun) known.push(operation)
  }
  return known
}

function baseOf(
  context: StepContext,
  id: NodeId,
  memory: TextMemory | undefined,
): Uint8Array | undefined | 'known' {
  if (!memory) return undefined
  if (memory.kind === 'base') return memory.bytes
  const content = context.store.trees.remote.get(id)?.content
  // The text was closed and begun anew: its history is another one, and what was not sent is still in the file.
  const isAnew =
    content !== null &&
    content !== undefined &&
    memory.state.content !== undefined &&
    epochOf(content) !== epochOf(memory.state.content)
  return isAnew || isApart(context, id, memory) ? baseOfState(memory.state) : 'known'
}

/**
 * Both sides have changed what they had in common, and nothing of ours is on its way. They are brought together by words,
 * as a file that is uploaded, before anything is sent: as edits that know nothing of each other, what both did alike would
 * be there twice, and what one did with a word that the other deleted would be torn from the rest of its line.
 */
function isApart({ store }: StepContext, id: NodeId, { kind, state }: KnownText): boolean {
  const { local, remote } = store.trees
  const [entry, content] = [local.get(id), remote.get(id)?.content]
  if (!entry || entry.content === null || content == null || kind !== 'state') return false
  // A person may have to decide about a file that only programs read; that is told by its history.
  if (state.isHeld || structureOf(entry.name) !== undefined) return false
  const isAllSent = state.pending.length === 0 && state.incoming === undefined
  const isChangedHere = state.diskSha256 !== undefined && entry.content !== state.diskSha256
  return isAllSent && isChangedHere && content !== state.content
}

/** `false`: the file is no text any more, and was sent as what it is; or a person has to decide first. */
async function begin(
  context: StepContext,
  operation: MergeText,
  base: Uint8Array | undefined,
  answer: TextAnswer,
): Promise<boolean> {
  const { id } = operation
  const disk = await readTextFile(context, id)
  // What was sent and never answered is what both sides once had, where the file has it still.
  const agreed = context.store.trees.synced.get(id)?.localContent
  const known = base ?? (sha256Of(disk) === agreed ? disk : undefined)
  const { entry, path } = localFile(context, id)
  const fileName = path.at(-1) ?? entry.name
  const begun = beginText({ fileName, base: known, disk, answer, clientId: clientId(context) })
  switch (begun.kind) {
    case 'no-text':
      await replaceByBlob(context, id)
      return false
    case 'breaks':
      noteConflict(context, id, 'broken-structure', '')
      agree(context, id, entry, answer.content, sha256Of(disk))
      return false
    case 'begun':
      settleBroken(context, id)
      storeText(context, id, begun.memory)
      if (begun.overlaps.length > 0)
        noteConflict(context, id, 'text-overlap', JSON.stringify(begun.overlaps))
      return true
  }
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
    noteConflict(context, id, 'broken-structure', '')
    agree(context, id, localFile(context, id).entry, answer.content, absorbed.state.diskSha256)
    return
  }
  if (wasHeld) settleBroken(context, id)
  if (absorbed.overlaps.length > 0)
    noteConflict(context, id, 'text-overlap', JSON.stringify(absorbed.overlaps))
  if (absorbed.isUnreadable) noteConflict(context, id, 'broken-structure', '')
  // What is not sent yet keeps both sides apart.
  if (text.isPull && absorbed.state.pending.length > 0) return
  if (absorbed.write) text.state = await writeTextFile(context, id, absorbed.write, absorbed.state)
  // What is agreed on is what was answered: others may have typed until the server took this.
  if (isFormatUnsent(text.state)) await sendFormat(context, id, text.state)
  agree(context, id, localFile(context, id).entry, answer.content, text.state.diskSha256)
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

function agree(
  context: StepContext,
  id: NodeId,
  entry: LocalEntry,
  remoteContent: ContentName,
  localContent: ContentName | null | undefined = entry.content,
): void {
  const place = context.store.trees.local.get(id) ?? entry
  context.store.transaction((writer) =>
    writer.putSynced(
      syncedWith(context, id, place, { localContent: localContent ?? null, remoteContent }),
    ),
  )
}

function noteConflict(
  context: StepContext,
  id: NodeId,
  kind: 'text-overlap' | 'broken-structure',
  detail: string,
): void {
  // What is still open is not told again each time that somebody types.
  const isOpen = (one: ConflictRecord) =>
    one.nodeId === id && one.kind === kind && one.resolvedAtMs === undefined
  if (kind === 'broken-structure' && context.store.listConflicts().some(isOpen)) return
  const path = shownPath(context, id)
  const atMs = context.world.clock.now()
  context.store.transaction((writer) =>
    writer.addConflict({ nodeId: id, path, kind, atMs, detail }),
  )
}

/** One side has changed so that both together can be read again. */
export function settleBroken({ store, world }: StepContext, id: NodeId): void {
  const open = store
    .listConflicts()
    .filter(
      ({ nodeId, kind, resolvedAtMs }) =>
        nodeId === id && kind === 'broken-structure' && resolvedAtMs === undefined,
    )
  if (open.length === 0) return
  store.transaction((writer) => {
    for (const { number } of open) writer.resolveConflict(number, world.clock.now())
  })
}

async function replaceByBlob(context: StepContext, id: NodeId): Promise<void> {
  const { entry } = localFile(context, id)
  const remoteBase = context.store.trees.remote.get(id)?.content
  if (entry.content === null || !remoteBase) throw new StaleError('it was not read yet')
  await uploadChange(context, {
    kind: 'upload-change',
    id,
    localContent: entry.content,
    remoteBase,
  })
}

export function storeText(
  context: StepContext,
  id: NodeId,
  memory: KnownText,
  andAlso?: (writer: StoreWriter) => void,
): void {
  // Before it is sent or written: what is in it twice under two names would be in the text twice.
  context.store.transaction(
    (writer) => {
      writer.putText(id, encodeMemory(memory))
      andAlso?.(writer)
    },
    { isDurable: true },
  )
}

export function clientId({ world }: StepContext): number {
  return 1 + Math.floor(world.random() * (2 ** 53 - 2))
}

function epochOf(content: ContentName): string {
  return content.split('.')[0] ?? ''
}

function emptyStateVector(): Uint8Array {
  const doc = new Doc()
  const vector = encodeStateVector(doc)
  doc.destroy()
  return vector
}
