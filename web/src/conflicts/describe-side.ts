import type { Conflict, NodeId } from '@cloudsync/protocol'

/** What one side of a conflict wants, in words. */
export function describeSide(
  conflict: Conflict,
  side: 'mine' | 'theirs',
  folderName: (id: NodeId) => string | undefined,
): string {
  const { by, version, name, parentId } = conflict[side]
  const who = by?.name ?? 'Somebody'
  if (conflict.kind === 'content') {
    return version === null ? `The content of ${who}` : `Version ${version}, by ${who}`
  }
  const folder = parentId === null ? undefined : folderName(parentId)
  const wants = [
    ...(name === null ? [] : [`named “${name}”`]),
    ...(folder === undefined ? [] : [`in ${folder}`]),
  ]
  return wants.length === 0 ? `As ${who} left it` : `${who}: ${wants.join(', ')}`
}
