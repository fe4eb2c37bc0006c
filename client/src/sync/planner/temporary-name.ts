import type { NodeId } from '@cloudsync/protocol'

const prefix = '.cloudsync-moving-'

/**
 * What a node is called between two names, when others swap theirs with it. Nobody took it for a name, so nobody
 * follows it: the client of this tag gives it the name that it was to have, even after a crash in between.
 */
export function temporaryName(id: NodeId, deviceTag: string): string {
  return `${prefix}${id}${deviceTag === '' ? '' : `-${deviceTag}`}`
}

export function isTemporaryName(name: string, id: NodeId): boolean {
  return name.startsWith(prefix) && name.startsWith(id, prefix.length)
}
