import { derivedNames, nameKey, type FolderEdit } from '@cloudsync/crdt'
import type { NodeId, NodeKind } from '@cloudsync/protocol'
import type { FolderSession } from '#features/live/index.ts'
import { ProblemError } from '#platform/problem-error.ts'

/** What happens when the folder has an entry of the name. */
export type IfTaken = 'fail' | 'rename'

/** What one update of a folder lists at most: it is sealed, logged and sent to people as a whole. */
const maxEditsPerUpdate = 100

/** Lists children in folders. Many are listed by few updates; the names of all that were put are taken at once. */
export class FolderListing {
  readonly #session: Pick<FolderSession, 'holdersOf' | 'edit'>
  readonly #edits = new Map<NodeId, FolderEdit[]>()
  /** Whose a name is, by its key, of those that are not written yet. */
  readonly #names = new Map<NodeId, Map<string, string>>()

  constructor(session: Pick<FolderSession, 'holdersOf' | 'edit'>) {
    this.#session = session
  }

  /** The name that a child gets in a folder. Throws `name_taken`. */
  nameFor(
    folderId: NodeId,
    { id, name }: { readonly id: NodeId; readonly name: string },
    ifTaken: IfTaken,
  ): string {
    if (!this.#isTaken(folderId, name, id)) return name
    if (ifTaken === 'rename')
      for (const derived of derivedNames(name))
        if (!this.#isTaken(folderId, derived, id)) return derived
    throw new ProblemError('name_taken')
  }

  put(
    folderId: NodeId,
    child: { readonly id: NodeId; readonly name: string; readonly kind: NodeKind },
  ) {
    const { id, name, kind } = child
    const edits = this.#edits.get(folderId) ?? []
    this.#edits.set(folderId, edits)
    edits.push({ type: 'put', id, name, kind })
    const names = this.#names.get(folderId) ?? new Map<string, string>()
    this.#names.set(folderId, names.set(nameKey(name), id))
  }

  /** Edits the folders, once. */
  write(): void {
    for (const [folderId, edits] of this.#edits)
      for (let from = 0; from < edits.length; from += maxEditsPerUpdate)
        this.#session.edit(folderId, edits.slice(from, from + maxEditsPerUpdate))
  }

  /** Whether another child of the folder has the name. */
  #isTaken(folderId: NodeId, name: string, exceptId: NodeId): boolean {
    const key = nameKey(name)
    const putBy = this.#names.get(folderId)?.get(key)
    if (putBy !== undefined && putBy !== exceptId) return true
    for (const holder of this.#session.holdersOf(folderId, key))
      if (holder !== exceptId) return true
    return false
  }
}
