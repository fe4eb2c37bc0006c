import { nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { Entry, Fingerprint, LocalEntry, SyncedEntry, Tree } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'
import type { ScanInput } from './scan.ts'

/** What is known of the nodes before a scan, to be found by place and by inode. */
export class KnownNodes {
  readonly #known: Tree<LocalEntry>
  readonly #rootId: NodeId
  readonly #traits: ScanInput['traits']
  readonly #places = new Map<NodeId, Map<string, Entry>>()
  readonly #inodes = new Map<string, LocalEntry>()
  readonly #children = new Map<NodeId, LocalEntry[]>()

  constructor(input: Pick<ScanInput, 'known' | 'synced' | 'rootId' | 'traits'>) {
    this.#known = input.known
    this.#rootId = input.rootId
    this.#traits = input.traits
    for (const entry of input.known.values()) this.#addKnown(entry)
    for (const entry of input.synced.values()) this.#addSynced(entry)
  }

  get(id: NodeId): LocalEntry | undefined {
    return this.#known.get(id)
  }

  childrenOf(id: NodeId): readonly LocalEntry[] {
    return this.#children.get(id) ?? []
  }

  atPlace(parentId: NodeId, name: string): Entry | undefined {
    const names = this.#places.get(parentId)
    if (names === undefined) return undefined
    return names.get(name) ?? (this.#comparesKeys() ? names.get(keyed(name)) : undefined)
  }

  /** Which node that inode was, where inodes can be trusted. */
  byInode(fingerprint: Fingerprint): LocalEntry | undefined {
    return this.#traits.hasStableInodes ? this.#inodes.get(inodeOf(fingerprint)) : undefined
  }

  /** The folder at a path, or the nearest one above that is known. */
  nearestFolder(path: DiskPath): { id: NodeId; path: DiskPath } {
    let id = this.#rootId
    for (const [depth, name] of path.entries()) {
      const child = this.atPlace(id, name)
      if (child?.kind !== 'folder' || !this.#known.has(child.id))
        return { id, path: path.slice(0, depth) }
      id = child.id
    }
    return { id, path }
  }

  #addKnown(entry: LocalEntry): void {
    this.#place(entry)
    const siblings = this.#children.get(entry.parentId)
    if (siblings) siblings.push(entry)
    else this.#children.set(entry.parentId, [entry])
    if (entry.fingerprint) this.#inodes.set(inodeOf(entry.fingerprint), entry)
  }

  #addSynced(entry: SyncedEntry): void {
    if (this.#known.has(entry.id) || this.atPlace(entry.parentId, entry.name)) return
    this.#place(entry)
  }

  #place(entry: Entry): void {
    let names = this.#places.get(entry.parentId)
    if (names === undefined) this.#places.set(entry.parentId, (names = new Map()))
    names.set(entry.name, entry)
    if (this.#comparesKeys()) names.set(keyed(entry.name), entry)
  }

  #comparesKeys(): boolean {
    return this.#traits.isCaseInsensitive || this.#traits.isNormalizing
  }
}

/** No name has a slash, so that none is taken for a key. */
function keyed(name: string): string {
  return `/${nameKey(name)}`
}

export function inodeOf({ inode, bornNs }: Fingerprint): string {
  return `${inode}:${bornNs}`
}
