import type { Operation } from '../model/operation.ts'
import { isBookkeeping, isStructural, type StepLocks } from './step-locks.ts'

export interface Step {
  readonly operation: Operation
  readonly locks: StepLocks
}

interface Waiting extends Step {
  readonly followers: Waiting[]
  waitsFor: number
  /** Something that it may build on did not come about. */
  isDoomed: boolean
  /** It runs or has run, perhaps together with what it waited for. */
  isTaken: boolean
}

/**
 * The steps of a plan, each ready when all before it are done that it must not be done at once with. One that builds on
 * a change of places that was not made is left out, for the next plan.
 */
export class PlanRun {
  /** To be written into the store, and no more. */
  readonly #bookkeeping: Waiting[] = []
  readonly #structural = new Set<Waiting>()
  readonly #contents = new Set<Waiting>()
  readonly #running = new Map<Step, Waiting>()
  #left = 0

  constructor(steps: readonly Step[], running: readonly Step[]) {
    const held = new HeldLocks()
    const busy = new Busy(running)
    const all: Waiting[] = []
    for (const step of steps) {
      // What runs already was planned before, and changes what this plan was made of.
      const isDoomed = busy.collides(step.locks)
      const waiting: Waiting = { ...step, followers: [], waitsFor: 0, isDoomed, isTaken: false }
      const before = held.takeOver(waiting)
      for (const one of before) one.followers.push(waiting)
      waiting.waitsFor = before.size
      all.push(waiting)
    }
    this.#left = all.length
    for (const first of all.filter(({ waitsFor }) => waitsFor === 0)) this.#becomeReady(first)
  }

  /** Nothing is ready, nothing runs. */
  get isDone(): boolean {
    return this.#left === 0
  }

  get left(): number {
    return this.#left
  }

  /** Those that only have to be written down. */
  takeBookkeeping(limit: number): Step[] {
    return this.#start(this.#bookkeeping.splice(0, limit))
  }

  /** Those that change where nodes are; of deletions on the server, `atMost` in one request. */
  takeStructural(pick: (ready: Iterable<Step>) => readonly Step[], atMost: number): Step[] {
    const all = this.#take(this.#structural, pick)
    const picked = all.length
    const isTrash = ({ operation }: Step) => operation.kind === 'trash-remote'
    if (!all.every(isTrash)) return all
    const metBy = new Map<Waiting, number>()
    // Those of one folder wait for each other, as each changes its names: a request takes them in their order. It grows.
    for (const step of all)
      for (const follower of step.followers) {
        if (all.length >= atMost) break
        const met = (metBy.get(follower) ?? 0) + 1
        metBy.set(follower, met)
        if (met === follower.waitsFor && !follower.isDoomed && isTrash(follower)) all.push(follower)
      }
    this.#start(all.slice(picked))
    return all
  }

  /** The ready content steps, which are to be grouped; `pick` says which of them start. */
  takeContents(pick: (ready: Iterable<Step>) => readonly Step[]): Step[] {
    return this.#take(this.#contents, pick)
  }

  /** Steps of other places are running or ready, and may make more contents ready. */
  get hasStructural(): boolean {
    if (this.#structural.size > 0) return true
    return this.#running.keys().some(({ operation }) => isStructural(operation))
  }

  finish(step: Step, isDone: boolean): void {
    const waiting = this.#running.get(step)
    if (!waiting) return
    this.#running.delete(step)
    this.#end(waiting, isDone)
  }

  /** Without going through all that is ready: that may be a hundred thousand, each time. */
  #take(queue: Set<Waiting>, pick: (ready: Iterable<Step>) => readonly Step[]): Waiting[] {
    const picked = new Set<Step>(pick(queue))
    const taken: Waiting[] = []
    for (const waiting of queue) {
      if (taken.length === picked.size) break
      if (picked.has(waiting)) taken.push(waiting)
    }
    for (const waiting of taken) queue.delete(waiting)
    return this.#start(taken)
  }

  #start(steps: Waiting[]): Waiting[] {
    for (const step of steps) {
      step.isTaken = true
      this.#running.set(step, step)
    }
    return steps
  }

  #end(first: Waiting, isDone: boolean): void {
    const queue: { waiting: Waiting; isDone: boolean }[] = [{ waiting: first, isDone }]
    for (let next = queue.pop(); next; next = queue.pop()) {
      this.#left--
      const dooms = !next.isDone && isStructural(next.waiting.operation)
      for (const follower of next.waiting.followers) {
        follower.waitsFor--
        if (dooms) follower.isDoomed = true
        if (follower.waitsFor > 0 || follower.isTaken) continue
        if (follower.isDoomed) queue.push({ waiting: follower, isDone: false })
        else this.#becomeReady(follower)
      }
    }
  }

  #becomeReady(waiting: Waiting): void {
    if (waiting.isDoomed) this.#end(waiting, false)
    else if (isBookkeeping(waiting.operation)) this.#bookkeeping.push(waiting)
    else if (isStructural(waiting.operation)) this.#structural.add(waiting)
    else this.#contents.add(waiting)
  }
}

class Busy {
  readonly #exclusive = new Set<string>()
  readonly #shared = new Set<string>()

  constructor(running: readonly Step[]) {
    for (const { locks } of running) {
      for (const key of locks.exclusive) this.#exclusive.add(key)
      for (const key of locks.shared) this.#shared.add(key)
    }
  }

  collides({ exclusive, shared }: StepLocks): boolean {
    for (const key of exclusive) if (this.#exclusive.has(key) || this.#shared.has(key)) return true
    for (const key of shared) if (this.#exclusive.has(key)) return true
    return false
  }
}

/** Who has each lock, as far as the plan has been gone through. */
class HeldLocks {
  readonly #exclusive = new Map<string, Waiting>()
  readonly #shared = new Map<string, Waiting[]>()

  /** Whom a step has to wait for. */
  takeOver(step: Waiting): ReadonlySet<Waiting> {
    const before = new Set<Waiting>()
    for (const key of step.locks.exclusive) {
      const owner = this.#exclusive.get(key)
      if (owner) before.add(owner)
      for (const sharer of this.#shared.get(key) ?? []) before.add(sharer)
      this.#exclusive.set(key, step)
      this.#shared.delete(key)
    }
    for (const key of step.locks.shared) {
      const owner = this.#exclusive.get(key)
      if (owner) before.add(owner)
      const sharers = this.#shared.get(key)
      if (sharers) sharers.push(step)
      else this.#shared.set(key, [step])
    }
    before.delete(step)
    return before
  }
}
