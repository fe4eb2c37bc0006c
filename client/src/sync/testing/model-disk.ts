import type { NodeId } from '@cloudsync/protocol'
import type { ContentName, EntryKind, Fingerprint, LocalEntry } from '../model/entry.ts'
import { isTextContent } from './model-content.ts'
import type { ModelOutcome } from './model-server.ts'

export interface ModelFile {
  readonly id: NodeId
  readonly parentId: NodeId
  readonly name: string
  readonly kind: EntryKind
  readonly content: ContentName | null
  /** What the disk calls it, where that is not its name. */
  readonly diskName?: string
  /** Of a file. */
  readonly isExecutable?: boolean
}

const anyFingerprint: Fingerprint = {
  device: '1',
  inode: '1',
  bornNs: '1',
  sizeBytes: 1,
  modifiedNs: '1',
  changedNs: '1',
}

/** The linked folder. `key`: two names of a folder are one to the disk where these are equal. */
export class ModelDisk {
  readonly files = new Map<NodeId, ModelFile>()
  readonly #rootId: NodeId
  readonly #key: (diskName: string) => string
  /** `false`: it does not tell which files are executable. */
  hasModes = true

  constructor(rootId: NodeId, key: (diskName: string) => string = (name) => name) {
    this.#rootId = rootId
    this.#key = key
  }

  clone(): ModelDisk {
    const copy = new ModelDisk(this.#rootId, this.#key)
    copy.hasModes = this.hasModes
    for (const file of this.files.values()) copy.files.set(file.id, file)
    return copy
  }

  /** Files in `unread` lie there, and nobody knows what is in them. */
  tree(unread: ReadonlySet<NodeId> = new Set()): Map<NodeId, LocalEntry> {
    return new Map(
      [...this.files].map(([id, { isExecutable, ...file }]) => [
        id,
        {
          ...file,
          content: unread.has(id) ? null : file.content,
          fingerprint:
            file.kind === 'file' && this.hasModes
              ? { ...anyFingerprint, isExecutable: isExecutable === true }
              : null,
          ...(file.content !== null && { isText: isTextContent(file.content) }),
        },
      ]),
    )
  }

  isFolder(id: NodeId): boolean {
    return id === this.#rootId || this.files.get(id)?.kind === 'folder'
  }

  isWithin(start: NodeId, above: NodeId): boolean {
    for (let id: NodeId | undefined = start; id !== undefined; id = this.files.get(id)?.parentId)
      if (id === above) return true
    return false
  }

  isTaken(parentId: NodeId, diskName: string, but?: NodeId): boolean {
    return [...this.files.values()].some(
      (file) =>
        file.id !== but &&
        file.parentId === parentId &&
        this.#key(file.diskName ?? file.name) === this.#key(diskName),
    )
  }

  create(file: ModelFile): ModelOutcome {
    const isPossible =
      !this.files.has(file.id) &&
      this.isFolder(file.parentId) &&
      !this.isTaken(file.parentId, file.diskName ?? file.name)
    if (isPossible) this.files.set(file.id, file)
    return isPossible ? 'done' : 'stale'
  }

  move(id: NodeId, parentId: NodeId, name: string, diskName = name): ModelOutcome {
    const file = this.files.get(id)
    const isPossible =
      file &&
      this.isFolder(parentId) &&
      !this.isWithin(parentId, id) &&
      !this.isTaken(parentId, diskName, id)
    if (!isPossible) return 'stale'
    const { kind, content, isExecutable = false } = file
    this.files.set(id, {
      id,
      parentId,
      name,
      kind,
      content,
      isExecutable,
      ...(diskName !== name && { diskName }),
    })
    return 'done'
  }

  write(id: NodeId, content: ContentName): void {
    const file = this.files.get(id)
    if (file) this.files.set(id, { ...file, content })
  }

  setMode(id: NodeId, isExecutable: boolean): void {
    const file = this.files.get(id)
    if (file?.kind === 'file') this.files.set(id, { ...file, isExecutable })
  }

  /** Gives it another id, and its children another parent. */
  rename(id: NodeId, as: NodeId): void {
    const file = this.files.get(id)
    if (!file) return
    this.files.delete(id)
    this.files.set(as, { ...file, id: as })
    for (const child of this.files.values())
      if (child.parentId === id) this.files.set(child.id, { ...child, parentId: as })
  }

  below(id: NodeId): NodeId[] {
    return [...this.files.keys()].filter((each) => each !== id && this.isWithin(each, id))
  }

  trash(id: NodeId): void {
    for (const each of [...this.below(id), id]) this.files.delete(each)
  }
}
