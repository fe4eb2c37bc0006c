import type { Fingerprint } from '../model/entry.ts'

export interface DiskFile {
  readonly kind: 'file'
  name: string
  bytes: Uint8Array
  isExecutable?: boolean
  inode: number
  bornMs: number
  modifiedMs: number
  changedMs: number
}

export interface DiskFolder {
  readonly kind: 'folder'
  name: string
  readonly children: Map<string, DiskNode>
  inode: number
  bornMs: number
  modifiedMs: number
  changedMs: number
}

export interface DiskLink {
  readonly kind: 'symlink'
  name: string
  target: string
  inode: number
  bornMs: number
  modifiedMs: number
  changedMs: number
}

export type DiskNode = DiskFile | DiskFolder | DiskLink

export interface DiskTraits {
  readonly isCaseInsensitive: boolean
  /** Times are cut to this, as the two seconds of FAT. */
  readonly granularityMs: number
  /** It tells which files are executable. */
  readonly hasModes?: boolean
  readonly holdsLinks?: boolean
  /** Whoever watches loses nothing. */
  readonly tellsAll?: boolean
}

/** What is on a disk. It outlives the processes that look at it, and users change it under them. */
export class DiskState {
  readonly root: DiskFolder
  readonly traits: DiskTraits
  readonly trashed: { readonly path: readonly string[]; readonly node: DiskNode }[] = []
  isMounted = true
  /** What last changed here, for who watches. */
  readonly onChange = new Set<(folder: readonly string[]) => void>()
  readonly #now: () => number
  #inodes = 1

  constructor(traits: DiskTraits, now: () => number) {
    this.traits = traits
    this.#now = now
    this.root = this.#newFolder('')
  }

  find(path: readonly string[]): DiskNode | undefined {
    let node: DiskNode = this.root
    for (const name of path) {
      const child: DiskNode | undefined =
        node.kind === 'folder' ? node.children.get(this.#key(name)) : undefined
      if (child === undefined) return undefined
      node = child
    }
    return node
  }

  folder(path: readonly string[]): DiskFolder | undefined {
    const node = this.find(path)
    return node?.kind === 'folder' ? node : undefined
  }

  makeFolder(path: readonly string[]): boolean {
    return this.#place(path, (name) => this.#newFolder(name))
  }

  /** Over what is there in place, or by a new file under the name, as editors that save atomically do. */
  write(
    path: readonly string[],
    bytes: Uint8Array,
    isInPlace: boolean,
    staged = this.stage(),
  ): boolean {
    const there = this.find(path)
    if (there && there.kind !== 'file') return false
    if (there && isInPlace) {
      there.bytes = bytes
      there.modifiedMs = there.changedMs = this.#now()
      this.#changed(path.slice(0, -1))
      return true
    }
    if (there) this.#take(path)
    return this.#place(path, (name) => {
      const now = this.#now()
      const times = { modifiedMs: now, changedMs: now }
      const mode = there?.isExecutable === undefined ? {} : { isExecutable: there.isExecutable }
      return { kind: 'file', name: there?.name ?? name, bytes, ...staged, ...times, ...mode }
    })
  }

  /** In the place of whatever file or link is there. */
  link(path: readonly string[], target: string, staged = this.stage()): boolean {
    const there = this.find(path)
    if (there?.kind === 'folder') return false
    if (there) this.#take(path)
    return this.#place(path, (name) => {
      const now = this.#now()
      const times = { modifiedMs: now, changedMs: now }
      return { kind: 'symlink', name: there?.name ?? name, target, ...staged, ...times }
    })
  }

  setMode(path: readonly string[], isExecutable: boolean): void {
    const node = this.find(path)
    if (node?.kind !== 'file') return
    node.isExecutable = isExecutable
    node.changedMs = this.#now()
    this.#changed(path.slice(0, -1))
  }

  /** Which node a file is that has no place yet. */
  stage(): Pick<DiskFile, 'inode' | 'bornMs'> {
    return { inode: this.#inodes++, bornMs: this.#now() }
  }

  /** The file looks older than after any change that comes, even where both would be cut to the same time. */
  setBack(path: readonly string[]): void {
    const node = this.find(path)
    if (node) node.modifiedMs = this.#now() - this.traits.granularityMs
  }

  move(from: readonly string[], to: readonly string[]): boolean {
    const node = this.find(from)
    const parent = this.folder(to.slice(0, -1))
    const there = this.find(to)
    if (!node || !parent || (there && there !== node)) return false
    if (node.kind === 'folder' && isWithin(node, parent)) return false
    this.#take(from)
    node.name = to.at(-1) ?? ''
    node.changedMs = this.#now()
    parent.children.set(this.#key(node.name), node)
    parent.modifiedMs = parent.changedMs = this.#now()
    this.#changed(to.slice(0, -1))
    return true
  }

  remove(path: readonly string[]): DiskNode | undefined {
    return path.length === 0 ? undefined : this.#take(path)
  }

  trash(path: readonly string[]): void {
    const node = this.remove(path)
    if (node) this.trashed.push({ path, node })
  }

  fingerprint(node: DiskNode): Fingerprint {
    return {
      device: '1',
      inode: String(node.inode),
      bornNs: this.#ns(node.bornMs),
      sizeBytes: bytesIn(node).length,
      modifiedNs: this.#ns(node.modifiedMs),
      changedNs: this.#ns(node.changedMs),
      ...(node.kind === 'file' && this.traits.hasModes === true
        ? { isExecutable: node.isExecutable === true }
        : {}),
    }
  }

  /** Each file and folder by its path, folders with `null`. */
  *walk(
    folder: DiskFolder = this.root,
    path: readonly string[] = [],
  ): Iterable<{ path: readonly string[]; node: DiskNode }> {
    for (const node of folder.children.values()) {
      const at = [...path, node.name]
      yield { path: at, node }
      if (node.kind === 'folder') yield* this.walk(node, at)
    }
  }

  #place(path: readonly string[], make: (name: string) => DiskNode): boolean {
    const name = path.at(-1)
    const parent = this.folder(path.slice(0, -1))
    if (name === undefined || !parent || parent.children.has(this.#key(name))) return false
    parent.children.set(this.#key(name), make(name))
    parent.modifiedMs = parent.changedMs = this.#now()
    this.#changed(path.slice(0, -1))
    return true
  }

  #take(path: readonly string[]): DiskNode | undefined {
    const parent = this.folder(path.slice(0, -1))
    const key = this.#key(path.at(-1) ?? '')
    const node = parent?.children.get(key)
    if (!parent || !node) return undefined
    parent.children.delete(key)
    parent.modifiedMs = parent.changedMs = this.#now()
    this.#changed(path.slice(0, -1))
    return node
  }

  #newFolder(name: string): DiskFolder {
    const now = this.#now()
    const times = { bornMs: now, modifiedMs: now, changedMs: now }
    return { kind: 'folder', name, children: new Map(), inode: this.#inodes++, ...times }
  }

  #changed(folder: readonly string[]): void {
    for (const listener of this.onChange) listener(folder)
  }

  #key(name: string): string {
    return this.traits.isCaseInsensitive ? name.normalize('NFC').toLowerCase() : name
  }

  #ns(ms: number): string {
    const { granularityMs } = this.traits
    return String(BigInt(Math.floor(ms / granularityMs) * granularityMs * 1000) * 1000n)
  }
}

/** Of a link what it points to. */
export function bytesIn(node: DiskNode): Uint8Array {
  switch (node.kind) {
    case 'file':
      return node.bytes
    case 'symlink':
      return Buffer.from(node.target)
    case 'folder':
      return new Uint8Array()
  }
}

function isWithin(folder: DiskFolder, candidate: DiskFolder): boolean {
  if (folder === candidate) return true
  for (const child of folder.children.values())
    if (child.kind === 'folder' && isWithin(child, candidate)) return true
  return false
}
