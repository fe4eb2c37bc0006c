import { mkdir } from 'node:fs/promises'
import type { ContentName, Fingerprint } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import type { FileSystemTraits } from '../model/file-system-traits.ts'
import type { Disk, DiskItem, DiskOutcome, DiskPath, PlaceOutcome } from '../ports.ts'
import type { DiskContext } from './disk-context.ts'
import { checked } from './folder-access.ts'
import { findLinkedDevice } from './link-mark.ts'
import { listFolder, lookAt } from './list-folder.ts'
import { moveItem } from './move-item.ts'
import { hashFile, readFile } from './read-file.ts'
import { clearLeftovers } from './recover-folder.ts'
import { setExecutable } from './set-executable.ts'
import { Semaphore } from './semaphore.ts'
import { fingerprintOf, statFile } from './stat-file.ts'
import { diskCalls, errnoOf, isAbsence, toDiskError } from './system-calls.ts'
import { expireTrash, trashItem } from './trash.ts'
import { watchFolder, type WatchOptions } from './watch-folder.ts'
import { writeFile, writeLink } from './write-file.ts'

/** Each opens up to three files, most of them one; macOS gives a process 256. */
const callsAtATime = 48
const writesAtATime = 32

/** The linked folder, as the operating system has it. One process at a time may write through it. */
export class NodeDisk implements Disk {
  readonly #context: DiskContext
  readonly #linkId: string
  /** Of the folder; another one after it was mounted anew. */
  #device: string
  readonly #watching: WatchOptions
  readonly #calls = new Semaphore(callsAtATime)
  readonly #writes = new Semaphore(writesAtATime)

  constructor(context: DiskContext, linkId: string, device: string, watching: WatchOptions) {
    this.#context = context
    this.#linkId = linkId
    this.#device = device
    this.#watching = watching
  }

  get traits(): FileSystemTraits {
    return this.#context.traits
  }

  async check(): Promise<'present' | 'missing'> {
    const device = await findLinkedDevice(this.#context.access.root, this.#linkId)
    if (device === undefined) return 'missing'
    this.#device = device
    return 'present'
  }

  list(folder: DiskPath): Promise<readonly DiskItem[]> {
    return this.#call(() => listFolder(this.#context, folder, this.#device))
  }

  async look(path: DiskPath): Promise<DiskItem | undefined> {
    const item = await this.#call(() => lookAt(this.#context, path, this.#device))
    if (!item) await this.#requirePresent()
    return item
  }

  hash(path: DiskPath): Promise<DiskOutcome<{ sha256: ContentName; fingerprint: Fingerprint }>> {
    return this.#call(() => hashFile(this.#context, path))
  }

  async *read(path: DiskPath, expected: Fingerprint): AsyncGenerator<Uint8Array, void> {
    await this.#calls.acquire()
    try {
      yield* readFile(this.#context, path, expected)
    } catch (error) {
      throw toDiskError(error)
    } finally {
      this.#calls.release()
    }
  }

  makeFolder(path: DiskPath): Promise<DiskOutcome> {
    return this.#changing(async () => {
      const name = checked(path.at(-1) ?? '')
      const parent = path.slice(0, -1)
      return this.#context.access.use(parent, async (folder) => {
        try {
          await mkdir(`${folder}/${name}`)
        } catch (error) {
          if (errnoOf(error) === 'EEXIST') return { kind: 'changed' }
          throw error
        }
        await this.#context.syncs.sync(parent.join('/'), folder)
        return { kind: 'done', value: fingerprintOf(await statFile(`${folder}/${name}`)) }
      })
    })
  }

  /** Counted apart from the other calls: `content` may be read through this very disk. */
  write(
    path: DiskPath,
    content: AsyncIterable<Uint8Array>,
    expected: Fingerprint | null,
    staged?: (fingerprint: Fingerprint) => Promise<void>,
    isExecutable?: boolean,
  ): Promise<PlaceOutcome> {
    return this.#writes.run(() =>
      diskCalls(() => writeFile(this.#context, path, content, expected, staged, isExecutable)),
    )
  }

  writeLink(
    path: DiskPath,
    target: string,
    expected: Fingerprint | null,
    staged?: (fingerprint: Fingerprint) => Promise<void>,
  ): Promise<PlaceOutcome> {
    return this.#writes.run(() =>
      diskCalls(() => writeLink(this.#context, path, target, expected, staged)),
    )
  }

  setExecutable(
    path: DiskPath,
    expected: Fingerprint,
    isExecutable: boolean,
  ): Promise<DiskOutcome> {
    return this.#changing(() => setExecutable(this.#context, path, expected, isExecutable))
  }

  move(from: DiskPath, to: DiskPath, expected: Fingerprint): Promise<PlaceOutcome> {
    return this.#changing(() => moveItem(this.#context, from, to, expected))
  }

  trash(
    path: DiskPath,
    expected: Fingerprint,
    alongside?: ReadonlySet<string>,
  ): Promise<DiskOutcome<void>> {
    return this.#changing(() => trashItem(this.#context, path, expected, alongside))
  }

  watch(signal: AbortSignal): AsyncIterable<DiskPath | undefined> {
    const { access, own } = this.#context
    return watchFolder(access.root, { ...this.#watching, own }, signal)
  }

  /** To be called once, before anything is written: ends what a process left that died, and empties old trash. */
  async recover(): Promise<void> {
    await diskCalls(() => clearLeftovers(this.#context))
    await this.expireTrash()
  }

  /** Daily is often enough. */
  expireTrash(): Promise<void> {
    return diskCalls(() => expireTrash(this.#context))
  }

  #call<T>(work: () => Promise<T>): Promise<T> {
    return this.#calls.run(() => diskCalls(work))
  }

  /** A folder that is gone from under the call is something that changed, unless all of it is gone. */
  async #changing<T>(work: () => Promise<DiskOutcome<T>>): Promise<DiskOutcome<T>> {
    try {
      return await this.#call(work)
    } catch (error) {
      if (!isAbsence(error)) throw error
      await this.#requirePresent()
      return { kind: 'changed' }
    }
  }

  async #requirePresent(): Promise<void> {
    if ((await this.check()) === 'missing')
      throw new DiskError('missing', 'this is not the linked folder')
  }
}
