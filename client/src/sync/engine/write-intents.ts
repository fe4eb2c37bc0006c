import type { NodeId } from '@cloudsync/protocol'
import { nodeKey } from '../model/fingerprint.ts'
import type { WriteIntent } from '../model/intents.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import { nextWrite, written } from '../texts/text-state.ts'
import { agreeOnShown } from './agree-on-shown.ts'
import { syncedWith, type StepContext } from './step-context.ts'
import { putBase } from './text-bases.ts'
import { decodeMemory, encodeMemory } from './text-start.ts'

/** Notes what is about to come into its place, so that it is known again whenever the process or the machine dies. */
export async function noteWrite(
  { store }: Pick<StepContext, 'store'>,
  intent: WriteIntent,
  base: Uint8Array | undefined,
): Promise<void> {
  await store.writeTogether((writer) => writer.putWrite(intent, base))
  // Of what is no text, equal contents find each other again.
  if (base) await store.flush()
}

/** Records what a look at the disk has found of writes that nobody recorded. */
export function settleWrites(
  context: Pick<StepContext, 'store'>,
  writer: StoreWriter,
  written: ReadonlySet<NodeId>,
): void {
  const { store } = context
  for (const id of written) {
    const intent = store.writes.get(id)
    if (intent?.remoteContent === undefined) settleText(context, writer, id)
    else recordWrite(context, writer, intent, store.findWriteBase(id))
  }
}

/** The file shows what both sides together say, or what somebody has made of that since. */
function settleText(context: Pick<StepContext, 'store'>, writer: StoreWriter, id: NodeId): void {
  const { store } = context
  const intent = store.writes.get(id)
  if (!intent) return
  writer.removeWrite(id)
  const memory = decodeMemory(store.findText(id))
  if (!memory || memory.kind === 'base') return
  const write = nextWrite(memory.state)
  if (write?.sha256 !== intent.content) return
  const shown = written(memory.state, write.sha256)
  const state = { ...shown, diskNode: nodeKey(intent.fingerprint) }
  writer.putText(id, encodeMemory({ kind: 'state', state }))
  agreeOnShown(context, writer, intent, state)
}

/** Both sides have the same in it now, under these names. */
export function recordWrite(
  context: Pick<StepContext, 'store'>,
  writer: StoreWriter,
  { id, parentId, name, kind = 'file', content, remoteContent, isExecutable }: WriteIntent,
  base: Uint8Array | undefined,
): void {
  const mode = isExecutable === undefined ? {} : { isExecutable }
  const contents = { localContent: content, remoteContent: remoteContent ?? null, ...mode }
  writer.putSynced(syncedWith(context, id, { parentId, name, kind }, contents))
  if (base) putBase(writer, id, content, base)
  else writer.removeText(id)
  writer.removeWrite(id)
}
