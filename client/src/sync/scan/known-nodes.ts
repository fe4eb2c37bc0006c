import { nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import {
  diskNameOf,
  type Entry,
  type Fingerprint,
  type LocalEntry,
  type Tree,
} from '../model/entry.ts'
import type { WriteIntent } from '../model/intents.ts'
import type { DiskPath } from '../ports.ts'
import type { ScanInput } from './scan.ts'

/** With what it is called on the disk, where that cannot hold its name. */
export type NamedEntry = Entry & Pick<LocalEntry, 'diskName'>

/** What is known of the nodes before a scan, to be found by place and by inode. */
export class KnownNodes {
  readonly #known: Tree<LocalEntry>
  readonly #rootId: NodeId
  readonly #traits: ScanInput['traits']
  readonly #places = new Map<NodeId, Map<string, NamedEntry>>()
  readonly #inodes = new Map<string, LocalEntry>()
  readonly #reusedInodes = new Map<string, LocalEntry>()
  readonly #children = new Map<NodeId, LocalEntry[]>()
  readonly #writes = new Map<string, LocalEntry>()

  constructor(
    input: Pick<ScanInput, 'known' | 'synced' | 'rootId' | 'traits' | 'writes' | 'places'>,
  ) {
    this.#known = input.known
    this.#rootId = input.rootId
    this.#traits = input.traits
    for (const entry of input.known.values()) this.#addKnown(entry)
    for (const entry of input.synced.values()) this.#addThere(entry)
    for (const { isShared: _, copyId: __, ...entry } of input.places?.values() ?? [])
      if (entry.kind === 'folder') this.#addThere(entry)
    for (const intent of input.writes?.values() ?? []) this.#addWrite(intent)
  }

  get(id: NodeId): LocalEntry | undefined {
    return this.#known.get(id)
  }

  childrenOf(id: NodeId): readonly LocalEntry[] {
    return this.#children.get(id) ?? []
  }

  atPlace(parentId: NodeId, name: string): NamedEntry | undefined {
    const names = this.#places.get(parentId)
    if (names === undefined) return undefined
    return names.get(name) ?? (this.#comparesKeys() ? names.get(keyed(name)) : undefined)
  }

  /** Which node that inode was, where inodes can be trusted. */
  byInode(fingerprint: Fingerprint): LocalEntry | undefined {
    if (!this.#traits.hasStableInodes) return undefined
    const written = this.writtenAs(fingerprint)
    if (written) return written
    const entry = this.#inodes.get(fingerprint.inode)
    if (entry?.fingerprint?.bornNs === fingerprint.bornNs) return entry
    return this.#reusedInodes.get(inodeOf(fingerprint))
  }

  /** Which node was about to be written as that inode. */
  writtenAs(fingerprint: Fingerprint): LocalEntry | undefined {
    if (!this.#traits.hasStableInodes || fingerprint.bornNs === '0') return undefined
    return this.#writes.get(inodeOf(fingerprint))
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
    if (entry.fingerprint) this.#addInode(entry, entry.fingerprint)
  }

  /** By strings that are there already; a number that was used again is seldom known twice. */
  #addInode(entry: LocalEntry, fingerprint: Fingerprint): void {
    const other = this.#inodes.get(fingerprint.inode)
    if (other?.fingerprint && other.fingerprint.bornNs !== fingerprint.bornNs)
      this.#reusedInodes.set(inodeOf(other.fingerprint), other)
    this.#inodes.set(fingerprint.inode, entry)
  }

  #addThere(entry: NamedEntry): void {
    if (this.#known.has(entry.id) || this.atPlace(entry.parentId, diskNameOf(entry))) return
    this.#place(entry)
  }

  #addWrite(intent: WriteIntent): void {
    const { remoteContent: _former, isExecutable: _mode, ...named } = intent
    const entry = this.#known.get(intent.id) ?? { kind: 'file', ...named, content: null }
    this.#writes.set(inodeOf(intent.fingerprint), entry)
  }

  #place(entry: NamedEntry): void {
    let names = this.#places.get(entry.parentId)
    if (names === undefined) this.#places.set(entry.parentId, (names = new Map()))
    const name = diskNameOf(entry)
    names.set(name, entry)
    if (this.#comparesKeys()) names.set(keyed(name), entry)
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
