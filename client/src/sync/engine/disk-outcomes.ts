import type { Fingerprint } from '../model/entry.ts'
import type { DiskOutcome, DiskPath } from '../ports.ts'
import type { StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'

/** Throws `StaleError` where nothing lies there any more. */
export async function lookAt(context: StepContext, path: DiskPath): Promise<Fingerprint> {
  const item = await context.world.disk.look(path)
  if (item) return item.fingerprint
  context.suspect(path.slice(0, -1))
  throw new StaleError('it is not on the disk any more')
}

/** Throws `StaleError` where something else lay there, and has what lies there looked at. */
export function done<T>(
  context: StepContext,
  outcome: DiskOutcome<T>,
  ...paths: readonly DiskPath[]
): T {
  if (outcome.kind === 'done') return outcome.value
  for (const path of paths) context.suspect(path.slice(0, -1))
  throw new StaleError('it has changed on the disk')
}
