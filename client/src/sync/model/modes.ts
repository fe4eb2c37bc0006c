import type { LocalEntry, RemoteEntry, SyncedEntry } from './entry.ts'

/** Which side is given the mode of the other. */
export type ModeStep = 'equal' | 'mode-remote' | 'mode-local'

/**
 * Of two that can be, both sides cannot have become different ones, so that who changed it has the say. Where nothing was
 * agreed on, what is executable on one side stays so: a file that lost it is of no use, and one that has it does no harm.
 */
export function modeStep(
  remote: RemoteEntry,
  local: LocalEntry,
  synced: SyncedEntry | undefined,
): ModeStep {
  const there = remote.isExecutable
  const here = local.fingerprint?.isExecutable
  if (there === undefined || here === undefined || there === here) return 'equal'
  const isOurs = synced?.isExecutable === undefined ? here : here !== synced.isExecutable
  return isOurs && remote.canEdit ? 'mode-remote' : 'mode-local'
}

/** Nothing is to be done, nor to be written down. A disk that does not tell goes with the server. */
export function isSteadyMode(
  remote: RemoteEntry,
  local: LocalEntry,
  synced: SyncedEntry | undefined,
): boolean {
  if (remote.isExecutable === undefined) return true
  return remote.isExecutable === synced?.isExecutable && modeStep(remote, local, synced) === 'equal'
}
