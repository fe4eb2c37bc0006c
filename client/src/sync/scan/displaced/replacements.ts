import type { NodeId } from '@cloudsync/protocol'
import { isNew, isUnread, maySayText, type FileToRead } from '../read-files.ts'
import { isShared, type Looked } from './looked.ts'
import { isNeverRead } from './never-read.ts'

/** Files that lie where another one was known: each may be a new version of that one, or quite another. */
export class Replacements {
  readonly #looked: Looked
  readonly #files: readonly FileToRead[]
  readonly #byId = new Map<NodeId, FileToRead>()

  constructor(looked: Looked, files: readonly FileToRead[]) {
    this.#looked = looked
    this.#files = files
    for (const file of files)
      if (file.node && isReplacement(looked, file)) this.#byId.set(file.node.id, file)
  }

  get size(): number {
    return this.#byId.size
  }

  /** Which were known there. */
  get ids(): readonly NodeId[] {
    return [...this.#byId.keys()]
  }

  /** What lies in the place of that one. */
  of(id: NodeId): FileToRead | undefined {
    return this.#byId.get(id)
  }

  has(id: NodeId): boolean {
    return this.#byId.has(id)
  }

  /** Those that still count as new versions of what was known there. */
  *versions(): Iterable<[NodeId, FileToRead]> {
    for (const [id, file] of this.#byId) if (file.node?.id === id) yield [id, file]
  }

  /** What was in the place of another may be in such a file. Where inodes tell nothing, most are in their own. */
  isAnyUnread(): boolean {
    const { input, walk } = this.#looked
    const isOther = ({ node }: FileToRead): boolean =>
      input.traits.hasStableInodes && node !== undefined && this.has(node.id)
    return this.#files.some(
      (file) =>
        (isNew(file) || isOther(file)) &&
        isUnread(walk, file) &&
        !isNeverRead(this.#looked, file) &&
        maySayText(file),
    )
  }
}

function isReplacement(looked: Looked, { node, fingerprint, isTentative }: FileToRead): boolean {
  const { nodes, walk } = looked
  const known = node && nodes.get(node.id)
  if (known?.kind !== 'file' || isTentative || walk.kept.has(known.id)) return false
  if (!isShared(looked, known.id)) return false
  if (nodes.writtenAs(fingerprint)?.id === known.id) return false
  // Of a file that was never read, its inode says nothing.
  return known.content === null || nodes.byInode(fingerprint)?.id !== known.id
}
