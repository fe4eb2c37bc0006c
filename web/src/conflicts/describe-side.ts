import type { Conflict, NodeId } from '@cloudsync/protocol'

/** The names on the way down to a folder, its own last; as far as they are known. */
export type FolderPath = (id: NodeId) => readonly string[]

type Side = 'mine' | 'theirs'

/** What one side of a conflict wants, in words: only that in which the two differ. */
export function describeSide(conflict: Conflict, side: Side, folderPath: FolderPath): string {
  const { by, version, name } = conflict[side]
  const who = by?.name ?? 'Somebody'
  if (conflict.kind === 'content') {
    return version === null ? `The content of ${who}` : `Version ${version}, by ${who}`
  }
  const wants = [
    ...(hasTwoNames(conflict) && name !== null ? [`named “${name}”`] : []),
    ...(hasTwoFolders(conflict) ? [`in ${describeFolder(conflict, side, folderPath)}`] : []),
  ]
  return wants.length === 0 ? `As ${who} left it` : `${who}: ${wants.join(', ')}`
}

/** What it is about, in a sentence. */
export function describeDispute(conflict: Conflict): string {
  if (conflict.kind === 'content') return 'Two people replaced its content.'
  if (!hasTwoFolders(conflict)) return 'Two people gave it different names.'
  if (!hasTwoNames(conflict)) return 'Two people want it in different folders.'
  return 'Two people gave it different names and want it in different folders.'
}

/** The folders that somebody who decides must know by their names. */
export function disputedFolders(conflict: Conflict): readonly NodeId[] {
  if (!hasTwoFolders(conflict)) return []
  return [conflict.theirs, conflict.mine].flatMap(({ parentId }) => parentId ?? [])
}

function hasTwoNames({ kind, mine, theirs }: Conflict): boolean {
  return kind === 'move' && mine.name !== theirs.name
}

function hasTwoFolders({ kind, mine, theirs }: Conflict): boolean {
  return kind === 'move' && mine.parentId !== theirs.parentId
}

/** Its name alone where that tells the two apart. */
function describeFolder(conflict: Conflict, side: Side, folderPath: FolderPath): string {
  const pathOf = ({ parentId }: Conflict[Side]) => (parentId === null ? [] : folderPath(parentId))
  const [path, other] = [
    pathOf(conflict[side]),
    pathOf(conflict[side === 'mine' ? 'theirs' : 'mine']),
  ]
  const name = path.at(-1)
  if (name === undefined) return 'a folder that you cannot see'
  return name === other.at(-1) ? path.join(' / ') : name
}
