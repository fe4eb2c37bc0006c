import type { NodeId } from '@cloudsync/protocol'
import type { RemoteEntry } from '../src/sync/model/entry.ts'
import type { RemoteOutcome, RemoteSent } from '../src/sync/ports.ts'
import type { Side } from './compared-servers.ts'

/** What of a node a client goes by. */
export function gistOfEntry(side: Side, entry: RemoteEntry) {
  const { id, parentId, name, kind, content, sizeBytes, isText, canEdit, isExecutable } = entry
  const size = isText ? undefined : sizeBytes
  const called = isText ? contentOf(side, id, content) : content
  return { id, parentId, name, kind, content: called, size, isText, canEdit, isExecutable }
}

export function contentOf({ contents }: Side, id: NodeId, content: string | null): number {
  const key = `${id} ${content}`
  const count = () => [...contents.keys()].filter((one) => one.startsWith(id)).length
  const found = contents.get(key) ?? count()
  contents.set(key, found)
  return found
}

export function gist(side: Side, outcome: RemoteOutcome<unknown> | undefined): unknown {
  if (outcome?.kind === 'refused') return outcome.code
  if (outcome?.kind !== 'done' || !outcome.value) return outcome?.kind
  const { entry, made } = outcome.value as Partial<RemoteSent>
  if (!entry) return 'done'
  const called = entry.isText && made !== undefined ? contentOf(side, entry.id, made) : undefined
  return { ...gistOfEntry(side, entry), made: called }
}

export function knownOf(side: Side): unknown {
  const { trees, trashed } = side.store
  return { entries: byId(side, [...trees.remote.values()]), trashed: Object.fromEntries(trashed) }
}

export function byId(side: Side, entries: readonly RemoteEntry[]): unknown {
  return entries
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map((entry) => gistOfEntry(side, entry))
}
