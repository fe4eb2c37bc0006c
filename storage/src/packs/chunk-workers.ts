import { Worker } from 'node:worker_threads'
import { chunkingV1 } from '../chunking/chunking.ts'
import type { DeltaWork } from '../delta/delta-work.ts'
import type { SealKey } from '../encryption/seal.ts'
import type { Sha256 } from '../sha256.ts'
import { ChunkDamagedError, type SealedChunk } from './chunk-codec.ts'
import type {
  ChunkAnswer,
  ChunkJob,
  Scan,
  ScannedChunk,
  Sealing,
  UnsealPart,
} from './chunk-worker.ts'

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A thread and what it has been asked; replaced when it dies. */
class ChunkThread {
  readonly #pending = new Map<number, Pending>()
  readonly #worker = new Worker(new URL('./chunk-worker.ts', import.meta.url), {
    // It holds bytes, and hardly anything else: with more, garbage lies about until somebody looks. Bytes count as well:
    // with much less, somebody looks at every download all the time.
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
  })
  #nextId = 1
  isDead = false

  constructor() {
    this.#worker.unref()
    this.#worker.on('message', (answer: ChunkAnswer) => this.#settle(answer))
    this.#worker.on('error', (error) => this.#abandon(error as Error))
    this.#worker.on('exit', () => this.#abandon(new Error('The chunk worker has ended')))
  }

  get load(): number {
    return this.#pending.size
  }

  /** The answer's shape follows from the job's kind. */
  ask(job: ChunkJob, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.isDead) return Promise.reject(new Error('The chunk worker has ended'))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      // What cannot be handed over is not waited for; no answer comes before this turn is over.
      this.#worker.postMessage({ id, job }, transfer)
      this.#pending.set(id, { resolve, reject })
    })
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(answer: ChunkAnswer): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if (!('error' in answer)) pending?.resolve(answer.value)
    else if (answer.damaged) pending?.reject(new ChunkDamagedError(answer.damaged))
    else pending?.reject(new Error(answer.error))
  }

  #abandon(error: Error): void {
    this.isDead = true
    for (const one of this.#pending.values()) one.reject(error)
    this.#pending.clear()
  }
}

/**
 * Threads that cut, hash, compress, seal, and the way back, so that the event loop stays free. They start
 * when they are first needed.
 */
export class ChunkWorkers implements AsyncDisposable {
  readonly #size: number
  readonly #threads: ChunkThread[] = []
  #nextStream = 1

  constructor(size: number) {
    this.#size = size
  }

  /** Begins to take in a content, or to read it whole. Close it. */
  openStream({ hashesWhole }: { readonly hashesWhole: boolean }): ChunkStream {
    const stream = new ChunkStream(this.#nextStream++, this.#pick(), (job, transfer) =>
      this.#pick().ask(job, transfer),
    )
    stream.open(hashesWhole)
    return stream
  }

  /**
   * The plain bytes of sealed chunks that lie one behind the other in `sealed`, which is handed over.
   * Throws `ChunkDamagedError`.
   */
  async unseal(sealed: Uint8Array<ArrayBuffer>, parts: readonly UnsealPart[]): Promise<Uint8Array> {
    const job: ChunkJob = { kind: 'unseal', stream: undefined, sealed, parts }
    return (await this.#pick().ask(job, [sealed.buffer])) as Uint8Array
  }

  /** How deltas are made elsewhere than in this thread. */
  readonly deltaWork: DeltaWork = {
    fingerprint: async (bytes) => (await this.#ask({ kind: 'fingerprint', bytes })) as Uint32Array,
    encodeNew: async (plain, old) =>
      (await this.#ask({ kind: 'encode-new', plain, old })) as Uint8Array,
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()))
  }

  #ask(job: ChunkJob): Promise<unknown> {
    return this.#pick().ask(job)
  }

  #pick(): ChunkThread {
    for (const [index, thread] of this.#threads.entries())
      if (thread.isDead) this.#threads[index] = new ChunkThread()
    const idlest = this.#threads.toSorted((one, other) => one.load - other.load)[0]
    if (idlest && (idlest.load === 0 || this.#threads.length >= this.#size)) return idlest
    const fresh = new ChunkThread()
    this.#threads.push(fresh)
    return fresh
  }
}

/** What a scan leaves over goes before the bytes of the next: it is less than the largest chunk. */
const headroomBytes = chunkingV1.maxBytes

/** What a scan has found. */
export interface ScannedPart {
  readonly chunks: readonly ScannedChunk[]
  /**
   * The stored forms of chunks, by their places. To be called once, as it hands the plain bytes on; their own bytes are
   * there until they are released.
   */
  readonly seal: (wanted: readonly number[], dataKey: SealKey) => Promise<SealedPart>
  /** A copy of what had come by then and is in no chunk; less than 1 MiB. It is there until the second scan after it. */
  readonly rest: () => Promise<Uint8Array>
}

/** Sealed chunks in room that is used again. */
export interface SealedPart extends Disposable {
  readonly chunks: readonly SealedChunk[]
}

type AskAny = (job: ChunkJob, transfer: readonly ArrayBuffer[]) => Promise<unknown>

/** One content on its way into chunks, or whole out of them. One thread cuts it; whichever is idle seals. */
export class ChunkStream implements AsyncDisposable {
  readonly #id: number
  readonly #thread: ChunkThread
  readonly #askAny: AskAny
  /** Used again: of buffers that come and go nobody else's memory is made. */
  readonly #spare: ArrayBuffer[] = []
  readonly #slabs: ArrayBuffer[] = []
  #nextScan = 0
  #opened: Promise<unknown> = Promise.resolve()

  constructor(id: number, thread: ChunkThread, askAny: AskAny) {
    this.#id = id
    this.#thread = thread
    this.#askAny = askAny
  }

  open(hashesWhole: boolean): void {
    this.#opened = this.#thread.ask({ kind: 'open', stream: this.#id, hashesWhole })
    // The first scan fails with it too.
    this.#opened.catch(() => undefined)
  }

  /** Room for so many bytes, to be filled and scanned, with room before them for what is not cut yet. */
  takeBuffer(sizeBytes: number): Uint8Array<ArrayBuffer> {
    const bufferBytes = headroomBytes + sizeBytes
    const spare = this.#spare.findIndex((buffer) => buffer.byteLength === bufferBytes)
    const [buffer] = spare < 0 ? [] : this.#spare.splice(spare, 1)
    return new Uint8Array(buffer ?? new ArrayBuffer(bufferBytes), headroomBytes, sizeBytes)
  }

  /** Finds the chunks that end in what has come so far. `bytes` is handed over, with all of its buffer. */
  async scan(bytes: Uint8Array<ArrayBuffer>, isLast: boolean): Promise<ScannedPart> {
    const scan = this.#nextScan++
    await this.#opened
    const job: ChunkJob = { kind: 'scan', stream: this.#id, scan, bytes, isLast }
    const found = (await this.#thread.ask(job, [bytes.buffer])) as Scan
    return {
      chunks: found.chunks,
      seal: (wanted, dataKey) => this.#seal(found, wanted, dataKey),
      rest: async () =>
        (await this.#thread.ask({ kind: 'rest', stream: this.#id, scan })) as Uint8Array,
    }
  }

  async #seal(
    { chunks, bytes }: Scan,
    wanted: readonly number[],
    dataKey: SealKey,
  ): Promise<SealedPart> {
    const found = wanted.map((place) => {
      const chunk = chunks[place]
      if (!chunk) throw new Error('There is no such chunk')
      return chunk
    })
    if (found.length === 0) {
      this.#spare.push(bytes)
      return { chunks: [], [Symbol.dispose]: () => undefined }
    }
    const spent = this.#slabs.pop()
    const job: ChunkJob = { kind: 'seal', bytes, chunks: found, dataKey, spent }
    const sealing = (await this.#askAny(job, spent ? [bytes, spent] : [bytes])) as Sealing
    this.#spare.push(sealing.bytes)
    return this.#partOf(sealing)
  }

  #partOf({ chunks, slab }: Sealing): SealedPart {
    let at = 0
    return {
      chunks: chunks.map(({ sealedBytes, ...form }) => {
        const sealed = new Uint8Array(slab, at, sealedBytes)
        at += sealedBytes
        return { ...form, sealed }
      }),
      [Symbol.dispose]: () => this.#slabs.push(slab),
    }
  }

  /** As `ChunkWorkers.unseal`, for a content that is read whole, in order: `whole` tells its hash then. */
  async unseal(sealed: Uint8Array<ArrayBuffer>, parts: readonly UnsealPart[]): Promise<Uint8Array> {
    const job: ChunkJob = { kind: 'unseal', stream: this.#id, sealed, parts }
    return (await this.#thread.ask(job, [sealed.buffer])) as Uint8Array
  }

  /** Of all that has come. Only where the stream was opened to know it. */
  async whole(): Promise<Sha256> {
    return (await this.#thread.ask({ kind: 'whole', stream: this.#id })) as Sha256
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.ask({ kind: 'close', stream: this.#id }).catch(() => undefined)
    // What is under way still takes none of them, nor gives one back that is used.
    for (const buffer of [...this.#spare.splice(0), ...this.#slabs.splice(0)]) buffer.transfer(0)
  }
}
