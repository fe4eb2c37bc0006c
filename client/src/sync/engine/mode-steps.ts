import type { NodeId } from '@cloudsync/protocol'
import type { Operation } from '../model/operation.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import { done } from './disk-outcomes.ts'
import { idOfOperation, localFile, takeAnswer, valueOf, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>

/** Whoever has made it so meanwhile has made the same of it. */
export async function changeRemoteMode(
  context: StepContext,
  operation: Of<'mode-remote'>,
): Promise<void> {
  const { id, isExecutable } = operation
  const operationId = idOfOperation(context, operation.kind, id, String(isExecutable))
  const outcome = await context.world.remote.setExecutable(id, isExecutable, operationId)
  const { entry } = valueOf(outcome)
  context.store.transaction((writer) => {
    takeAnswer(context, writer, entry)
    agree(context, writer, id, isExecutable)
  })
}

export function changeLocalMode(context: StepContext, operation: Of<'mode-local'>): Promise<void> {
  const { id, isExecutable } = operation
  return context.gate.act(async () => {
    const { entry, path } = localFile(context, id)
    if (entry.kind !== 'file' || !entry.fingerprint) throw new StaleError('it was not read yet')
    const { disk } = context.world
    const outcome = await disk.setExecutable(path, entry.fingerprint, isExecutable)
    const fingerprint = done(context, outcome, path)
    context.store.transaction((writer) => {
      writer.putLocal({ ...entry, fingerprint })
      agree(context, writer, id, isExecutable)
    })
  })
}

function agree(
  { store }: StepContext,
  writer: StoreWriter,
  id: NodeId,
  isExecutable: boolean,
): void {
  const known = store.trees.synced.get(id)
  if (known) writer.putSynced({ ...known, isExecutable })
}
