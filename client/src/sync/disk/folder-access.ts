import { closeSync, constants, existsSync, open, openSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DiskError } from '../model/failures.ts'
import type { DiskPath } from '../ports.ts'
import type { QuickCalls } from './quick-calls.ts'
import { statFile, statOpenFile } from './stat-file.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants

const openFile = promisify(open)

/** Where the names of open files are; only Linux has it. */
const openFiles = '/proc/self/fd'

interface OpenFolder {
  readonly fd: number
  readonly base: string
  users: number
  isClosing: boolean
}

/**
 * Ways into the folders below the linked one that lead nowhere else, whatever symbolic links others put there meanwhile.
 *
 * Node has no `openat`. On Linux a folder is opened, the kernel is asked where that is, and everything in it is then named
 * by `/proc/self/fd/<n>/<name>`, which stays this very folder. Elsewhere each folder on the way is looked at, which leaves
 * a moment between the look and the call.
 */
export class FolderAccess {
  readonly root: string
  readonly #isAnchored: boolean
  readonly #quick: QuickCalls
  /** By their paths, as long as somebody uses them, and until the event loop has been round. */
  readonly #open = new Map<string, OpenFolder>()

  constructor(root: string, quick: QuickCalls) {
    this.root = root
    this.#quick = quick
    this.#isAnchored = process.platform === 'linux' && existsSync(openFiles)
  }

  /** Calls `work` with a path that is the folder. Throws as `open` does where there is none, or where a link is in the way. */
  use<T>(folder: DiskPath, work: (base: string) => Promise<T>): Promise<T> {
    return this.#use(folder.map(checked), work)
  }

  /** A folder of the client's own. */
  useOwn<T>(folder: DiskPath, work: (base: string) => Promise<T>): Promise<T> {
    return this.#use([ownFolder, ...folder], work)
  }

  async #use<T>(folder: DiskPath, work: (base: string) => Promise<T>): Promise<T> {
    const path = join(this.root, ...folder)
    if (!this.#isAnchored) {
      await this.#lookAtEach(folder)
      return work(path)
    }
    const opened = this.#share(path) ?? (await this.#openFolder(folder, path))
    try {
      return await work(opened.base)
    } finally {
      this.#leave(path, opened)
    }
  }

  /** Many files of a folder come and go at once: what somebody else has open and still lies there is that very folder. */
  #share(path: string): OpenFolder | undefined {
    const opened = this.#open.get(path)
    if (!opened || readlinkSync(opened.base) !== path) return undefined
    opened.users++
    return opened
  }

  async #openFolder(folder: DiskPath, path: string): Promise<OpenFolder> {
    const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    const fd = await this.#quick.run(
      () => openSync(path, flags),
      () => openFile(path, flags),
    )
    const opened = { fd, base: `${openFiles}/${fd}`, users: 1, isClosing: false }
    try {
      // Only the kernel is asked, and no disk.
      if (readlinkSync(opened.base) === path) this.#open.set(path, opened)
      else await this.#lookAtEach(folder, statOpenFile(fd))
      return opened
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  /** Files of a folder are read one after the other: the next one often comes in the same turn. */
  #leave(path: string, opened: OpenFolder): void {
    if (--opened.users > 0 || opened.isClosing) return
    opened.isClosing = true
    setImmediate(() => {
      opened.isClosing = false
      if (opened.users > 0) return
      if (this.#open.get(path) === opened) this.#open.delete(path)
      closeSync(opened.fd)
    })
  }

  /** A file system that ignores case may spell the way otherwise than it was asked. */
  async #lookAtEach(
    folder: DiskPath,
    opened?: { readonly dev: bigint; readonly ino: bigint },
  ): Promise<void> {
    let path = this.root
    let stats = await statFile(path)
    for (const name of folder) {
      path = join(path, name)
      stats = await statFile(path)
      if (!stats.isDirectory()) throw new DiskError('ENOTDIR', 'a link or a file is in the way')
    }
    if (opened && (stats.dev !== opened.dev || stats.ino !== opened.ino))
      throw new DiskError('ENOENT', 'the folder was moved away meanwhile')
  }
}

/** Names come from a server and go into paths. */
export function checked(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name) || !name.isWellFormed())
    throw new DiskError('EINVAL', 'no name of a file')
  if (process.platform === 'win32' && /[\\:]/.test(name))
    throw new DiskError('EINVAL', 'no name of a file')
  if (name.toLowerCase() === ownFolder)
    throw new DiskError('EACCES', `${ownFolder} belongs to the client`)
  return name
}

/** Of the client: the mark of the link, files that are being written, the trash. */
export const ownFolder = '.cloudsync'
