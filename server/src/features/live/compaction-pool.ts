import { Worker } from 'node:worker_threads'
import type { CompactionAnswer, CompactionJob, CompactionResult } from './compaction-worker.ts'

interface Pending {
  readonly resolve: (result: CompactionResult) => void
  readonly reject: (error: Error) => void
}

/** One worker thread for compactions, started at the first and replaced when it dies. */
export class CompactionPool implements AsyncDisposable {
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | undefined
  #nextId = 1

  run(input: Omit<CompactionJob, 'id'>): Promise<CompactionResult> {
    const worker = this.#ensureWorker()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      // The buffers are copied, not handed over: they may be slices of the database driver's memory.
      worker.postMessage({ ...input, id } satisfies CompactionJob)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate()
    this.#abandon(new Error('The compaction worker was stopped'))
  }

  #ensureWorker(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('./compaction-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 2048 },
    })
    worker.unref()
    worker.on('message', (answer: CompactionAnswer) => this.#settle(answer))
    worker.on('error', (error) =>
      this.#abandon(error instanceof Error ? error : new Error(String(error))),
    )
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      this.#abandon(new Error('The compaction worker has ended'))
    })
    this.#worker = worker
    return worker
  }

  #settle(answer: CompactionAnswer): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('error' in answer) pending?.reject(new Error(answer.error))
    else pending?.resolve(answer)
  }

  #abandon(error: Error): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const one of pending) one.reject(error)
  }
}
