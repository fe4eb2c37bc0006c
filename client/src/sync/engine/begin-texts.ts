import { structureOf } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { ContentName } from '../model/entry.ts'
import type { Operation } from '../model/operation.ts'
import type { TextAnswer } from '../ports.ts'
import { sha256Of } from '../texts/text-state.ts'
import { replaceByBlob } from './replace-by-blob.ts'
import { localFile, valueOf, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { agreeOnText, storeText } from './store-text.ts'
import { clientId, emptyVector } from './text-client.ts'
import { noteTextConflict, settleBroken } from './text-conflicts.ts'
import { readTextFile } from './text-files.ts'
import {
  baseOfState,
  beginText,
  decodeMemory,
  type KnownText,
  type TextMemory,
} from './text-start.ts'

export type MergeText = Extract<Operation, { kind: 'merge-text' }>

/** Does the work of one text of several, whose failure is its own. */
export type Alone = <T>(id: NodeId, work: () => Promise<T>) => Promise<T | undefined>

/** Fetches the history of the texts of which there is none yet. */
export async function beginTexts(
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
      noteTextConflict(context, id, 'broken-structure', '')
      agreeOnText(context, id, entry, answer.content, sha256Of(disk))
      return false
    case 'begun':
      settleBroken(context, id)
      storeText(context, id, begun.memory)
      if (begun.overlaps.length > 0)
        noteTextConflict(context, id, 'text-overlap', JSON.stringify(begun.overlaps))
      return true
  }
}

function epochOf(content: ContentName): string {
  return content.split('.')[0] ?? ''
}
