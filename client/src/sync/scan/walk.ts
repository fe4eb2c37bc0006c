import { findNameFault } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { IgnoreRules } from '../ignore/ignore-rules.ts'
import { diskNameOf, type LocalEntry } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import { isSameNode, isSameState } from '../model/fingerprint.ts'
import { isSafeTarget } from '../model/safe-target.ts'
import type { DiskItem, DiskPath } from '../ports.ts'
import { FolderRules } from './folder-rules.ts'
import { growQueue } from './grow-queue.ts'
import { inodeOf, type KnownNodes, type NamedEntry } from './known-nodes.ts'
import type { ScanInput, SkippedItem, UnknownPlace } from './scan.ts'

/** Folders that are listed at a time. */
const listConcurrency = 8

/** A file that was found, with the node that it is by its place, if it is one. */
export interface FoundFile {
  readonly parentId: NodeId
  readonly path: DiskPath
  readonly item: DiskItem
  readonly node: NamedEntry | undefined
  /** What is new here is not taken up. */
  readonly isIgnored: boolean
}

interface Visit {
  readonly id: NodeId
  readonly path: DiskPath
  readonly rules: IgnoreRules
  /** Everything below as well, not only what is new there. */
  readonly isDeep: boolean
}

type Names = Pick<LocalEntry, 'name' | 'diskName'>

interface KnownFolder {
  readonly id: NodeId
  readonly known: LocalEntry | undefined
  readonly called: NamedEntry | undefined
}

/** Lists folders, and says which nodes are there by their place, and which folders by their inode. */
export class Walk {
  /** Folders and unchanged files; what the others are follows when they are matched. */
  readonly found = new Map<NodeId, LocalEntry>()
  /** Nodes that files are by their place. */
  readonly claimed = new Set<NodeId>()
  readonly visited = new Set<NodeId>()
  /** Kept as they were known, with all below. */
  readonly kept = new Set<NodeId>()
  readonly unknown: UnknownPlace[] = []
  /** A folder could not be listed, where anything may be. */
  hidesFolders = false
  readonly skipped: SkippedItem[] = []
  /** Folders that were listed, where that are not all. */
  readonly listed: DiskPath[] = []
  readonly startedAtMs: number
  readonly #input: ScanInput
  readonly #nodes: KnownNodes
  readonly #rules: FolderRules
  readonly #isPartial: boolean
  #files: FoundFile[] = []
  readonly #seen = new Set<string>()

  constructor(input: ScanInput, nodes: KnownNodes) {
    this.startedAtMs = input.now()
    this.#input = input
    this.#nodes = nodes
    this.#rules = new FolderRules(input, nodes)
    this.#isPartial = input.folders !== undefined
  }

  async run(): Promise<void> {
    const visits = await this.#firstVisits()
    await growQueue(visits, listConcurrency, (visit, add) => this.#visit(visit, add))
  }

  /** The files that are to be read, or to be matched with a node that is missing elsewhere. There may be many: the walk lets go of them. */
  takeFiles(): readonly FoundFile[] {
    const files = this.#files
    this.#files = []
    return files
  }

  async #firstVisits(): Promise<Visit[]> {
    const { rootId, folders } = this.#input
    const builtIn = IgnoreRules.builtIn
    if (!folders) return [{ id: rootId, path: [], rules: builtIn, isDeep: true }]
    const visits = new Map<NodeId, Visit>()
    for (const hint of folders) {
      const { id, path } = this.#nodes.nearestFolder(hint)
      if (visits.has(id) || this.#isExcluded(path)) continue
      const visit = await this.#shallowVisit(id, path)
      if (visit) visits.set(id, visit)
    }
    return [...visits.values()]
  }

  async #shallowVisit(id: NodeId, path: DiskPath): Promise<Visit | undefined> {
    try {
      return { id, path, rules: await this.#rules.above(path), isDeep: false }
    } catch (error) {
      this.#isUnknown({ id, path }, error)
      return undefined
    }
  }

  async #visit(visit: Visit, add: (visit: Visit) => void): Promise<void> {
    this.#input.signal?.throwIfAborted()
    if (this.visited.has(visit.id)) return
    this.visited.add(visit.id)
    const listing = await this.#list(visit)
    if (listing === undefined) return
    if (listing === 'gone') {
      const { id, path } = this.#nodes.nearestFolder(visit.path.slice(0, -1))
      const parent = await this.#shallowVisit(id, path)
      if (parent) add(parent)
      return
    }
    // Folders that came from elsewhere first: they are certain, and what lies at their old place must not be taken for them.
    const items = listing.items.filter((item) => this.#isWanted(visit, item))
    const movedHere = new Map<DiskItem, LocalEntry>()
    for (const item of items) {
      const node = this.#folderByInode(item)
      if (node) movedHere.set(item, node)
    }
    for (const item of items) {
      const at: Visit = { ...visit, rules: listing.rules }
      if (item.kind === 'file' || item.kind === 'symlink') this.#foundFile(at, item)
      else await this.#foundFolder(at, item, movedHere.get(item), listing.isDeep, add)
    }
  }

  async #list(
    visit: Visit,
  ): Promise<
    { items: readonly DiskItem[]; rules: IgnoreRules; isDeep: boolean } | 'gone' | undefined
  > {
    try {
      const items = await this.#input.disk.list(visit.path)
      if (this.#isPartial) this.listed.push(visit.path)
      const { rules, areNew } = await this.#rules.within(visit, items)
      return { items, rules, isDeep: visit.isDeep || areNew }
    } catch (error) {
      this.visited.delete(visit.id)
      // The hint came too late for this one; its parent knows.
      const isGone = error instanceof DiskError && error.code === 'ENOENT' && !visit.isDeep
      if (isGone && visit.path.length > 0 && !this.found.has(visit.id)) return 'gone'
      this.#isUnknown(visit, error)
      return undefined
    }
  }

  #isUnknown({ id, path }: Pick<Visit, 'id' | 'path'>, error: unknown): void {
    if (!(error instanceof DiskError)) throw error
    this.unknown.push({ path, code: error.code })
    this.hidesFolders = true
    this.#keepBelow(id)
  }

  /** Says of what is not synced why, and keeps the node that was there. */
  #isWanted(visit: Visit, item: DiskItem): boolean {
    if (item.name === '.cloudsync') return false
    const node = this.#nodes.atPlace(visit.id, item.name)
    const isExcluded = this.#input.isExcluded?.(pathIn(visit, item)) ?? false
    const isElsewhere = !isExcluded && isFolderElsewhere(visit, item, node)
    const isOther = isElsewhere || item.kind === 'other'
    if (node && !isExcluded && !isOther) return true
    const path = pathIn(visit, item)
    if (isExcluded || isOther) {
      if (node) this.#keep(node.id)
      if (!isExcluded) this.#skip(path, isElsewhere ? 'folder-link' : (item.reason ?? 'device'))
      return false
    }
    if (findNameFault(item.name) === undefined) return true
    // Renamed to what the server cannot have: what is there stays as it was, and is not removed.
    const moved = this.#nodes.byInode(item.fingerprint)
    if (moved) this.#keep(moved.id)
    this.#skip(path, 'name')
    return false
  }

  #folderByInode(item: DiskItem): LocalEntry | undefined {
    if (item.kind !== 'folder') return undefined
    const node = this.#nodes.byInode(item.fingerprint)
    if (node?.kind !== 'folder' || this.found.has(node.id)) return undefined
    this.claimed.add(node.id)
    return node
  }

  async #foundFolder(
    visit: Visit,
    item: DiskItem,
    byInode: LocalEntry | undefined,
    isDeep: boolean,
    add: (visit: Visit) => void,
  ): Promise<void> {
    const path = pathIn(visit, item)
    const place = this.#nodes.atPlace(visit.id, item.name)
    const isFree = place?.kind === 'folder' && !this.claimed.has(place.id)
    const node: NamedEntry | undefined = byInode ?? (isFree ? place : undefined)
    if (!node && visit.rules.ignores(path, 'folder')) {
      this.#skip(path, 'ignored')
      return
    }
    const isMoved = byInode !== undefined && byInode.id !== place?.id
    if (this.#isSeen(item) || (isMoved && (await this.#isStillThere(byInode)))) {
      this.#skip(path, 'mount')
      return
    }
    const id = node?.id ?? this.#input.createId()
    const known = this.#nodes.get(id)
    this.claimed.add(id)
    this.found.set(id, this.#folderEntry(visit, item, { id, known, called: known ?? node }))
    const isAsBefore =
      known?.fingerprint && place?.id === id && isSameNode(known.fingerprint, item.fingerprint)
    if (isDeep || !isAsBefore) add({ id, path, rules: visit.rules, isDeep: true })
  }

  /** A folder that is mounted below itself would have no end. */
  #isSeen(item: DiskItem): boolean {
    if (!this.#input.traits.hasStableInodes) return false
    const inode = inodeOf(item.fingerprint)
    if (this.#seen.has(inode)) return true
    this.#seen.add(inode)
    return false
  }

  /** In a partial scan, the old place may not be looked at otherwise. */
  async #isStillThere(node: LocalEntry): Promise<boolean> {
    if (!this.#isPartial || this.visited.has(node.parentId)) return false
    const path = this.pathOf(node)
    const item = path && (await this.#input.disk.look(path))
    return item !== undefined && isSameNode(item.fingerprint, node.fingerprint ?? item.fingerprint)
  }

  #folderEntry(visit: Visit, item: DiskItem, { id, known, called }: KnownFolder): LocalEntry {
    const names = this.namesOf(item, called)
    const { fingerprint } = item
    const isSame =
      known?.fingerprint &&
      known.parentId === visit.id &&
      isCalled(known, names) &&
      isSameNode(known.fingerprint, fingerprint)
    if (isSame) return known
    return { id, parentId: visit.id, ...names, kind: 'folder', content: null, fingerprint }
  }

  #foundFile(visit: Visit, item: DiskItem): void {
    const written = this.#nodes.writtenAs(item.fingerprint)
    const place = written ?? this.#nodes.atPlace(visit.id, item.name)
    const node = place?.kind === item.kind && !this.claimed.has(place.id) ? place : undefined
    if (node) this.claimed.add(node.id)
    const known = node && this.#nodes.get(node.id)
    // Nearly all, nearly always.
    if (known && this.#isAsKnown(known, item)) {
      this.found.set(known.id, known)
      return
    }
    const path = pathIn(visit, item)
    const isIgnored = !node && visit.rules.ignores(path, 'file')
    if (isIgnored && !this.#nodes.byInode(item.fingerprint)) this.#skip(path, 'ignored')
    else this.#files.push({ parentId: visit.id, path, item, node, isIgnored })
  }

  #isAsKnown(known: LocalEntry, item: DiskItem): boolean {
    const { fingerprint, content } = known
    const isRead = fingerprint !== null && content !== null
    const isSameName = isCalled(known, this.namesOf(item, known))
    if (!isRead || !isSameName || !isSameState(fingerprint, item.fingerprint)) return false
    // What was read before modes were known has none.
    return fingerprint.isExecutable === item.fingerprint.isExecutable
  }

  /**
   * A disk that cannot hold a name, or writes it in another form than it was given, must not rename what is called so
   * everywhere.
   */
  namesOf(item: DiskItem, known: NamedEntry | undefined): Names {
    const name = this.#formOf(item.name)
    if (!known) return { name }
    const { diskName } = known
    if (diskName !== undefined && this.#formOf(diskName) === name)
      return { name: known.name, diskName }
    return { name: this.#formOf(known.name) === name ? known.name : name }
  }

  #formOf(name: string): string {
    return this.#input.traits.isNormalizing ? name.normalize('NFC') : name
  }

  /** Where a node is, as far as is known by now. */
  pathOf(node: LocalEntry): DiskPath | undefined {
    const names = [diskNameOf(node)]
    for (let id = node.parentId; id !== this.#input.rootId;) {
      const parent = this.found.get(id) ?? this.#nodes.get(id)
      if (!parent || names.length > 4096) return undefined
      names.unshift(diskNameOf(parent))
      id = parent.parentId
    }
    return names
  }

  #skip(path: DiskPath, reason: SkippedItem['reason']): void {
    this.skipped.push({ path, reason })
  }

  #keep(id: NodeId): void {
    this.kept.add(id)
    this.#keepBelow(id)
  }

  #keepBelow(id: NodeId): void {
    const rest = [id]
    for (let at = rest.pop(); at !== undefined; at = rest.pop()) {
      for (const child of this.#nodes.childrenOf(at)) {
        if (this.kept.has(child.id)) continue
        this.kept.add(child.id)
        rest.push(child.id)
      }
    }
  }

  #isExcluded(path: DiskPath): boolean {
    return this.#input.isExcluded?.(path) ?? false
  }
}

/** Whoever keeps a folder on another disk, and a link to it here, has not deleted what is in it. */
function isFolderElsewhere(visit: Visit, item: DiskItem, node: NamedEntry | undefined): boolean {
  const { target } = item
  return (
    target !== undefined && node?.kind === 'folder' && !isSafeTarget(pathIn(visit, item), target)
  )
}

/** By `concat`, as V8 leaves room for sixteen more in an array that is spread into another one. */
function pathIn({ path }: Pick<Visit, 'path'>, { name }: DiskItem): DiskPath {
  return path.concat(name)
}

export function isCalled(entry: Names, { name, diskName }: Names): boolean {
  return entry.name === name && entry.diskName === diskName
}
