import type { NodeId } from '@cloudsync/protocol'
import { DiskError, RemoteError } from '../model/failures.ts'
import type { Operation } from '../model/operation.ts'
import type { Problem } from '../store/records.ts'
import { shownPath, type StepContext } from './step-context.ts'
import { RefusedError, StaleError } from './step-failures.ts'
import { waitAfter } from './retry-waits.ts'

/** What does not get better by itself is tried this seldom. */
const longestWaitMs = 10 * 60_000

/** Which nodes do not go on, why, and when they are tried again. Those that only have to be looked at again wait shortly. */
export class NodeProblems {
  readonly #context: StepContext
  readonly #stale = new Map<NodeId, { attempts: number; retryAtMs: number }>()

  constructor(context: StepContext) {
    this.#context = context
  }

  isWaiting(id: NodeId, nowMs: number): boolean {
    return this.#retryAt(id, nowMs) > nowMs
  }

  /** When the next of them is due. */
  nextDueMs(nowMs: number): number | undefined {
    let next: number | undefined
    for (const id of [...this.#stale.keys(), ...this.#context.store.problems.keys()]) {
      const at = this.#retryAt(id, nowMs)
      if (at > nowMs && (next === undefined || at < next)) next = at
    }
    return next
  }

  noteSuccess(operation: Operation): void {
    this.#stale.delete(operation.id)
    const { store } = this.#context
    if (store.problems.has(operation.id))
      store.transaction((writer) => writer.removeProblem(operation.id))
  }

  /** Throws what is no failure of the world but of the program. */
  noteFailure(operation: Operation, error: unknown): void {
    const { world } = this.#context
    const nowMs = world.clock.now()
    if (error instanceof StaleError || (error instanceof DiskError && error.code === 'changed')) {
      const attempts = (this.#stale.get(operation.id)?.attempts ?? 0) + 1
      const waitMs = waitAfter(Math.max(0, attempts - 3), world.random) / 4
      this.#stale.set(operation.id, { attempts, retryAtMs: nowMs + waitMs })
      return
    }
    this.#write(operation, error, nowMs)
  }

  /** Everything that waits is due. */
  retryNow(): void {
    this.#stale.clear()
    const { store } = this.#context
    store.transaction((writer) => {
      for (const problem of store.problems.values()) writer.putProblem({ ...problem, retryAtMs: 0 })
    })
  }

  /** What is not in the plan any more has come right by itself. */
  forgetBut(wanted: readonly Operation[]): void {
    const { store } = this.#context
    if (this.#stale.size + store.problems.size === 0) return
    const planned = new Set(wanted.map(({ id }) => id))
    for (const id of this.#stale.keys()) if (!planned.has(id)) this.#stale.delete(id)
    const over = [...store.problems.keys()].filter((id) => !planned.has(id))
    if (over.length > 0)
      store.transaction((writer) => {
        for (const id of over) writer.removeProblem(id)
      })
  }

  #write(operation: Operation, error: unknown, nowMs: number): void {
    const { store, world } = this.#context
    const known = store.problems.get(operation.id)
    const attempts = (known?.attempts ?? 0) + 1
    const problem: Problem = {
      id: operation.id,
      path: shownPath(this.#context, operation.id),
      ...describe(error),
      attempts,
      sinceMs: known?.sinceMs ?? nowMs,
      retryAtMs: nowMs + Math.round(waitAfter(attempts - 1, world.random, longestWaitMs)),
    }
    store.transaction((writer) => writer.putProblem(problem))
  }

  /** A clock that was set back makes nothing wait for longer than it would have. */
  #retryAt(id: NodeId, nowMs: number): number {
    const stale = this.#stale.get(id)?.retryAtMs ?? 0
    const problem = this.#context.store.problems.get(id)?.retryAtMs ?? 0
    const at = Math.max(stale, problem)
    return at - nowMs > longestWaitMs ? nowMs : at
  }
}

function describe(error: unknown): { code: string; detail: string } {
  if (error instanceof DiskError || error instanceof RemoteError || error instanceof RefusedError)
    return { code: error.code, detail: error.message }
  throw error
}
