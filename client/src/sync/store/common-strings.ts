import type { NodeId } from '@cloudsync/protocol'
import type {
  ContentName,
  Entry,
  LocalEntry,
  RemoteEntry,
  SyncedEntry,
  Trees,
} from '../model/entry.ts'

/**
 * Each of the entries is made by one literal, as what is added to an object later lies in a second one beside it: of a
 * hundred thousand files that were four megabytes.
 *
 * Gives entries of which the strings are those that the three trees hold already: all three name the same nodes, places
 * and contents, and of a hundred thousand files each name that is there three times is eight megabytes more.
 */
export class CommonStrings {
  readonly #trees: Trees
  readonly #folderIds = new Map<NodeId, NodeId>()

  constructor(trees: Trees) {
    this.#trees = trees
  }

  readonly ofRemote = (entry: RemoteEntry): RemoteEntry => {
    const { kind, seq, content, isText, sizeBytes, canEdit, isExecutable } = entry
    const [, local, synced] = this.#known(entry.id)
    const { id, parentId, name } = this.#place(entry)
    const one = oneOf(content, local?.content, synced?.remoteContent)
    const known = { id, parentId, name, kind, seq, content: one, isText, sizeBytes, canEdit }
    if (isExecutable === undefined) return known
    return { id, parentId, name, kind, seq, content: one, isText, sizeBytes, canEdit, isExecutable }
  }

  /** What is new, and was found on the disk, stays the object that it is: whoever found it holds it as well for a while. */
  readonly ofFound = (entry: LocalEntry): LocalEntry => {
    const [remote, , synced] = this.#known(entry.id)
    return remote || synced ? this.ofLocal(entry) : entry
  }

  readonly ofLocal = (entry: LocalEntry): LocalEntry => {
    const { kind, content, fingerprint, isText, diskName } = entry
    const [remote, , synced] = this.#known(entry.id)
    const { id, parentId, name } = this.#place(entry)
    const one = oneOf(content, remote?.content, synced?.localContent)
    const known = { id, parentId, name, kind, content: one, fingerprint }
    if (diskName !== undefined)
      return isText === undefined ? { ...known, diskName } : { ...known, isText, diskName }
    if (isText === undefined) return known
    return { id, parentId, name, kind, content: one, fingerprint, isText }
  }

  readonly ofSynced = (entry: SyncedEntry): SyncedEntry => {
    const [remote, local] = this.#known(entry.id)
    const { id, parentId, name } = this.#place(entry)
    const { kind, isExecutable } = entry
    const localContent = oneOf(entry.localContent, local?.content, remote?.content)
    const remoteContent = oneOf(entry.remoteContent, remote?.content, local?.content)
    if (isExecutable === undefined) return { id, parentId, name, kind, localContent, remoteContent }
    return { id, parentId, name, kind, localContent, remoteContent, isExecutable }
  }

  #known(id: NodeId): [RemoteEntry | undefined, LocalEntry | undefined, SyncedEntry | undefined] {
    const { remote, local, synced } = this.#trees
    return [remote.get(id), local.get(id), synced.get(id)]
  }

  #place(entry: Entry): Pick<Entry, 'id' | 'parentId' | 'name'> {
    const [remote, local, synced] = this.#known(entry.id)
    return {
      id: remote?.id ?? local?.id ?? synced?.id ?? entry.id,
      parentId: this.#folderId(entry.parentId),
      name: oneOf(entry.name, remote?.name, local?.name, synced?.name),
    }
  }

  #folderId(id: NodeId): NodeId {
    const known = this.#folderIds.get(id)
    if (known !== undefined) return known
    const { remote, local, synced } = this.#trees
    const common = remote.get(id)?.id ?? local.get(id)?.id ?? synced.get(id)?.id ?? id
    this.#folderIds.set(common, common)
    return common
  }
}

/** The one of `others` that is equal, so that there is one string of it; else `text` itself. */
function oneOf<T extends ContentName | null>(
  text: T,
  ...others: readonly (string | null | undefined)[]
): T {
  for (const other of others) if (other === text) return other as T
  return text
}
