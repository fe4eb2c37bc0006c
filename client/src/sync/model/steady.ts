import type { Entry, LocalEntry, RemoteEntry, SyncedEntry } from './entry.ts'
import { isSteadyMode } from './modes.ts'

export function isSamePlace(
  one: Pick<Entry, 'parentId' | 'name'>,
  other: Pick<Entry, 'parentId' | 'name'>,
): boolean {
  return one.parentId === other.parentId && one.name === other.name
}

/** Nothing is to be done about a node, nor does the disk call it otherwise, which it perhaps need not any more. */
export function isSteady(
  remote: RemoteEntry | undefined,
  local: LocalEntry | undefined,
  synced: SyncedEntry | undefined,
): boolean {
  return (
    remote !== undefined &&
    local !== undefined &&
    local.diskName === undefined &&
    synced !== undefined &&
    isSamePlace(remote, synced) &&
    isSamePlace(local, synced) &&
    remote.kind === synced.kind &&
    local.kind === synced.kind &&
    remote.content === synced.remoteContent &&
    local.content === synced.localContent &&
    isSteadyMode(remote, local, synced)
  )
}
