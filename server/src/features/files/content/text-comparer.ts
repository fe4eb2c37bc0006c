import { Worker } from 'node:worker_threads'
import { diffLines, type LineDiff } from '@cloudsync/crdt'
import { planImport, type ImportInput, type ImportPlan } from './plan-import.ts'
import type { Comparison, ComparisonAnswer, ComparisonJob } from './text-comparer-worker.ts'

/** Texts up to this length together, in characters, take a few milliseconds; others go to the worker. */
const maxLengthHere = 256 * 1024

interface Pending {
  readonly resolve: (result: ImportPlan | LineDiff) => void
  readonly reject: (error: Error) => void
}

/**
 * Compares texts without holding up the event loop, where everybody's keystrokes pass: long ones in a
 * worker thread, which is started at the first and replaced when it dies.
 */
export class TextComparer implements AsyncDisposable {
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | undefined
  #nextId = 1

  async plan(input: ImportInput): Promise<ImportPlan> {
    if (this.isShort(input)) return planImport(input)
    return (await this.#run({ kind: 'plan', input })) as ImportPlan
  }

  async diffLines(oldText: string, newText: string): Promise<LineDiff> {
    if (oldText.length + newText.length <= maxLengthHere) return diffLines(oldText, newText)
    return (await this.#run({ kind: 'diff', oldText, newText })) as LineDiff
  }

  /** Whether `planImport` may be called right here. */
  isShort({ base, current, incoming }: ImportInput): boolean {
    return (base?.length ?? 0) + current.length + incoming.text.length <= maxLengthHere
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate()
  }

  #run(comparison: Comparison): Promise<ImportPlan | LineDiff> {
    const worker = this.#ensureWorker()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      worker.postMessage({ id, comparison } satisfies ComparisonJob)
    })
  }

  #ensureWorker(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('./text-comparer-worker.ts', import.meta.url))
    worker.unref()
    worker.on('message', (answer: ComparisonAnswer) => this.#settle(answer))
    worker.on('error', (error) => this.#abandon(error as Error))
    worker.on('exit', () => {
      this.#worker = undefined
      this.#abandon(new Error('The thread that compares texts has ended'))
    })
    this.#worker = worker
    return worker
  }

  #settle(answer: ComparisonAnswer): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('error' in answer) pending?.reject(new Error(answer.error))
    else pending?.resolve(answer.result)
  }

  #abandon(error: Error): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const one of pending) one.reject(error)
  }
}
