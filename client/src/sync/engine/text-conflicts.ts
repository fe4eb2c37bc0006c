import type { NodeId } from '@cloudsync/protocol'
import type { ConflictRecord } from '../store/records.ts'
import { shownPath, type StepContext } from './step-context.ts'

/** Tells a person of what came together, or did not. */
export function noteTextConflict(
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
