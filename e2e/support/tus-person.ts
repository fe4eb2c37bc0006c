import { startTusUpload, type TestCaller } from '@cloudsync/server/testing'
import type { ContentSource } from './content-source.ts'
import { StoredFile, sha256 } from './stored-file.ts'

/** The stock client gives up after as many attempts without progress; a start may take long. */
const retryDelays = Array.from({ length: 1_000 }, () => 200)
const partBytes = 512 * 1024

/** Somebody who uploads one file after the other by tus, each across the deaths of the server. */
export class TusPerson {
  /** Those that were acknowledged. */
  readonly files: StoredFile[] = []
  givenUp = 0
  readonly #folderId: string
  readonly #source: ContentSource
  #running: ReturnType<typeof startTusUpload> | undefined

  constructor(options: { readonly folderId: string; readonly source: ContentSource }) {
    this.#folderId = options.folderId
    this.#source = options.source
  }

  /** Begins the next upload, unless one goes on. */
  goOn(caller: TestCaller): void {
    if (this.#running) return
    const bytes = this.#source.next()
    // Whoever finds it without an acknowledgement sees by its name what it must hold.
    const metadata = { parentId: this.#folderId, filename: nameOf(bytes, this.files.length) }
    const chunkSize = this.files.length % 2 ? partBytes : Number.POSITIVE_INFINITY
    const options = { caller, metadata, chunkSize, retryDelays }
    this.#running = startTusUpload(Buffer.from(bytes.buffer, 0, bytes.length), options)
    this.#running.done
      .then((id) => this.#note(id, bytes))
      .catch(() => (this.givenUp += 1))
      .finally(() => (this.#running = undefined))
      .catch(() => undefined)
  }

  async stop(): Promise<void> {
    await this.#running?.client.abort()
    this.#running = undefined
  }

  #note(id: string | undefined, bytes: Uint8Array<ArrayBuffer>): void {
    if (id === undefined) throw new Error('An upload is done, and no file was named')
    const file = new StoredFile(id)
    file.acknowledge({ state: 'live', bytes })
    this.files.push(file)
  }
}

function nameOf(bytes: Uint8Array, count: number): string {
  return `tus ${sha256(bytes)} ${count}.bin`
}

/** The hash in the name of an upload's file. */
export function hashInName(name: string): string | undefined {
  return /^tus ([0-9a-f]{64}) /.exec(name)?.[1]
}
