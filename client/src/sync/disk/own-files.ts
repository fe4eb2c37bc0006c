import type { Fingerprint } from '../model/entry.ts'
import { isSameState } from '../model/fingerprint.ts'
import type { DiskPath } from '../ports.ts'

/** Of more, the oldest are forgotten: what the system tells of a file comes within moments. */
const mostFiles = 2_000

/**
 * Files that were put in their places here lately. What the system tells of one that still is as it was left is no news:
 * without that, of ten thousand files that arrive each would have its folder looked at again.
 */
export class OwnFiles {
  /** By their paths; only the inode, as long as it is not known yet how it was left. */
  readonly #states = new Map<string, Fingerprint | string>()
  readonly #listeners = new Set<(folder: DiskPath) => void>()

  /** It comes into its place now. Until `left` or `lost`, whatever happens to it is seen by whoever calls those. */
  placing(path: DiskPath, inode: string): void {
    const [oldest] = this.#states.size >= mostFiles ? this.#states.keys() : []
    if (oldest !== undefined) this.#states.delete(oldest)
    this.#states.set(keyOf(path), inode)
  }

  /** It was so, at a moment after it came into its place, and that is known to whoever asked for it. */
  left(path: DiskPath, fingerprint: Fingerprint): void {
    const key = keyOf(path)
    if (this.#states.has(key)) this.#states.set(key, fingerprint)
  }

  /** It did not come into its place, or somebody has changed it at once: its folder is to be looked at. */
  lost(path: DiskPath): void {
    this.#states.delete(keyOf(path))
    for (const tell of this.#listeners) tell(path.slice(0, -1))
  }

  /** Whether it may be one, so that it is worth a look at the disk. */
  has(path: DiskPath): boolean {
    return this.#states.has(keyOf(path))
  }

  /** Whether what lies there is what was put there, as it was left. */
  isAsLeft(path: DiskPath, found: Fingerprint | undefined): boolean {
    const known = this.#states.get(keyOf(path))
    if (known === undefined || !found) return false
    return typeof known === 'string' ? known === found.inode : isSameState(known, found)
  }

  /** Is told of folders that are to be looked at, until what is returned is called. */
  listen(tell: (folder: DiskPath) => void): () => void {
    this.#listeners.add(tell)
    return () => this.#listeners.delete(tell)
  }
}

function keyOf(path: DiskPath): string {
  return path.join('/')
}
