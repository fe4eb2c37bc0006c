import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoCode } from '../../fs-errors.ts'

/** Makes the names in a directory survive a power cut: POSIX promises that only after its own fsync. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const maxRemembered = 10_000

/**
 * Makes directories that survive a power cut. A file is only as durable as every directory above it,
 * also where another process made one and has not synced it yet, so each is synced once by us before
 * it is relied on.
 */
export class DurableDirectories {
  readonly #root: string
  readonly #ensured = new Map<string, Promise<void>>()

  /** `root` exists and is durable. */
  constructor(root: string) {
    this.#root = root
  }

  /** Makes `directory`, which lies below the root, and those between. */
  ensure(directory: string): Promise<void> {
    if (directory === this.#root) return Promise.resolve()
    const known = this.#ensured.get(directory)
    if (known) return known
    if (this.#ensured.size >= maxRemembered) this.#ensured.clear()
    const made = this.#make(directory)
    this.#ensured.set(directory, made)
    made.catch(() => this.#ensured.delete(directory))
    return made
  }

  /** Looks again at the next `ensure`, for when someone has removed the directory. */
  forget(directory: string): void {
    for (let path = directory; path !== this.#root; path = dirname(path)) this.#ensured.delete(path)
  }

  async #make(directory: string): Promise<void> {
    const parent = dirname(directory)
    await this.ensure(parent)
    try {
      await mkdir(directory, { mode: 0o700 })
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') throw error
    }
    await syncDirectory(parent)
  }
}

/** Makes the root itself, with all that is missing above it. */
export async function ensureRoot(root: string): Promise<void> {
  const highest = await mkdir(root, { recursive: true, mode: 0o700 })
  const last = dirname(highest ?? root)
  for (let path = dirname(root); ; path = dirname(path)) {
    await syncDirectory(path)
    if (path === last) return
  }
}
