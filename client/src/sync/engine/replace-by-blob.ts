import type { NodeId } from '@cloudsync/protocol'
import { uploadChange } from './remote-steps.ts'
import { localFile, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'

/** The file is no text any more, and is sent as what it is. */
export async function replaceByBlob(context: StepContext, id: NodeId): Promise<void> {
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
