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

type KnownInput = Pick<
  ScanInput,
  'known' | 'synced' | 'rootId' | 'folders' | 'traits' | 'writes' | 'places'
>

/** With what it is called on the disk, where that cannot hold its name. */
export type NamedEntry = Entry & Pick<LocalEntry, 'diskName'>

interface Folder {
  readonly names: Map<string, NamedEntry>
  readonly children: LocalEntry[]
}

const emptyFolder: Folder = { names: new Map(), children: [] }

/** To look through all nodes for one folder or inode takes some milliseconds, to put all in order that often as long. */
const maxSingleLooks = 8

/**
 * What is known of the nodes before a scan, to be found by place and by inode. A look at a few folders asks for a few,
 * which are picked out of all; whoever asks for more has all of them put in order.
 */
export class KnownNodes {
  readonly #input: KnownInput
  readonly #known: Tree<LocalEntry>
  readonly #rootId: NodeId
  readonly #traits: ScanInput['traits']
  readonly #folders = new Map<NodeId, Folder>()
  readonly #inodes = new Map<string, LocalEntry>()
  readonly #reusedInodes = new Map<string, LocalEntry>()
  readonly #lookedInodes = new Set<string>()
  readonly #writes = new Map<string, LocalEntry>()
  #hasAllFolders = false
  #hasAllInodes = false

  constructor(input: KnownInput) {
    this.#input = input
    this.#known = input.known
    this.#rootId = input.rootId
    this.#traits = input.traits
    for (const intent of input.writes?.values() ?? []) this.#addWrite(intent)
  }

  get(id: NodeId): LocalEntry | undefined {
    return this.#known.get(id)
  }

  childrenOf(id: NodeId): readonly LocalEntry[] {
    return this.#folder(id).children
  }

  atPlace(parentId: NodeId, name: string): NamedEntry | undefined {
    return this.#named(this.#folder(parentId), name)
  }

  /** Which node that inode was, where inodes can be trusted. */
  byInode(fingerprint: Fingerprint): LocalEntry | undefined {
    if (!this.#traits.hasStableInodes) return undefined
    const written = this.writtenAs(fingerprint)
    if (written) return written
    this.#findInode(fingerprint.inode)
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

  #named({ names }: Folder, name: string): NamedEntry | undefined {
    return names.get(name) ?? (this.#comparesKeys() ? names.get(keyed(name)) : undefined)
  }

  #folder(id: NodeId): Folder {
    const found = this.#folders.get(id)
    if (found || this.#hasAllFolders) return found ?? emptyFolder
    const isOne = this.#mayPick(this.#folders.size)
    if (!isOne) this.#folders.clear()
    this.#hasAllFolders = !isOne
    const folder = this.#newFolder(id)
    this.#addAll(isOne ? id : undefined)
    return folder
  }

  #mayPick(picked: number): boolean {
    return this.#input.folders !== undefined && picked < maxSingleLooks
  }

  #newFolder(id: NodeId): Folder {
    const folder = { names: new Map(), children: [] }
    this.#folders.set(id, folder)
    return folder
  }

  /** What lies in one folder, or all that lies anywhere. */
  #addAll(only: NodeId | undefined): void {
    const { known, synced, places } = this.#input
    for (const entry of known.values())
      if (only === undefined || entry.parentId === only) this.#addKnown(entry)
    for (const entry of synced.values())
      if (only === undefined || entry.parentId === only) this.#addThere(entry)
    for (const { isShared: _, copyId: __, ...entry } of places?.values() ?? [])
      if (entry.kind === 'folder' && (only === undefined || entry.parentId === only))
        this.#addThere(entry)
  }

  #addKnown(entry: LocalEntry): void {
    const folder = this.#folders.get(entry.parentId) ?? this.#newFolder(entry.parentId)
    this.#place(folder, entry)
    folder.children.push(entry)
  }

  #findInode(inode: string): void {
    if (this.#hasAllInodes || this.#lookedInodes.has(inode)) return
    const isOne = this.#mayPick(this.#lookedInodes.size)
    if (!isOne) this.#inodes.clear()
    this.#hasAllInodes = !isOne
    this.#lookedInodes.add(inode)
    for (const entry of this.#known.values())
      if (entry.fingerprint && (!isOne || entry.fingerprint.inode === inode))
        this.#addInode(entry, entry.fingerprint)
  }

  /** By strings that are there already; a number that was used again is seldom known twice. */
  #addInode(entry: LocalEntry, fingerprint: Fingerprint): void {
    const other = this.#inodes.get(fingerprint.inode)
    if (other?.fingerprint && other.fingerprint.bornNs !== fingerprint.bornNs)
      this.#reusedInodes.set(inodeOf(other.fingerprint), other)
    this.#inodes.set(fingerprint.inode, entry)
  }

  #addThere(entry: NamedEntry): void {
    if (this.#known.has(entry.id)) return
    const folder = this.#folders.get(entry.parentId) ?? this.#newFolder(entry.parentId)
    if (!this.#named(folder, diskNameOf(entry))) this.#place(folder, entry)
  }

  #addWrite(intent: WriteIntent): void {
    const { remoteContent: _former, isExecutable: _mode, ...named } = intent
    const entry = this.#known.get(intent.id) ?? { kind: 'file', ...named, content: null }
    this.#writes.set(inodeOf(intent.fingerprint), entry)
  }

  #place({ names }: Folder, entry: NamedEntry): void {
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
