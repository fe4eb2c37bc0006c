import { nameKey } from '@cloudsync/crdt'
import type { Node, NodeId } from '@cloudsync/protocol'

/** Tells whether a name, by its key, is that of another entry than `except`. */
export function takenNames(nodes: readonly Node[], except?: NodeId): (key: string) => boolean {
  let owners: Map<string, NodeId> | undefined
  return (key) => {
    // Looked up only once somebody names something.
    owners ??= new Map(nodes.map(({ id, name }) => [nameKey(name), id]))
    const id = owners.get(key)
    return id !== undefined && id !== except
  }
}
