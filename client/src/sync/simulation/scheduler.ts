import type { Clock } from '../ports.ts'
import type { SeededRandom } from './seeded-random.ts'

/** A process, or one side of the network. What it waits for dies with it. */
export interface Actor {
  readonly name: string
  isAlive: boolean
}

interface Waiting {
  readonly actor: Actor
  readonly what: string
  readonly atMs: number
  readonly go: () => void
}

/**
 * Decides who goes on: everything that waits in the simulated world waits here, and one at a time is let go, chosen by
 * the seed; then it runs until all of it waits again. So a seed fixes every interleaving, and the time, which passes
 * only here.
 */
export class Scheduler {
  nowMs: number
  readonly trace: string[] = []
  steps = 0
  readonly #random: SeededRandom
  #ready: Waiting[] = []
  #timers: Waiting[] = []

  constructor(random: SeededRandom, nowMs: number) {
    this.#random = random
    this.nowMs = nowMs
  }

  /** Resolves some time, before or after all else that waits. Never, once `actor` is dead. */
  turn(actor: Actor, what: string): Promise<void> {
    return new Promise((go) => {
      if (actor.isAlive) this.#ready.push({ actor, what, atMs: this.nowMs, go })
    })
  }

  delay(actor: Actor, ms: number, what: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (!actor.isAlive) return
      const waiting = { actor, what, atMs: this.nowMs + Math.max(0, ms), go: resolve }
      if (signal?.aborted) {
        this.#ready.push(waiting)
        return
      }
      this.#timers.push(waiting)
      signal?.addEventListener(
        'abort',
        () => {
          const index = this.#timers.indexOf(waiting)
          if (index === -1) return
          this.#timers.splice(index, 1)
          if (actor.isAlive) this.#ready.push(waiting)
        },
        { once: true },
      )
    })
  }

  clock(actor: Actor, skewMs: number): Clock {
    return {
      now: () => Math.floor(this.nowMs + skewMs),
      delay: (ms, signal) => this.delay(actor, ms, 'delay', signal),
    }
  }

  note(actor: Actor, what: string): void {
    this.trace.push(`${Math.round(this.nowMs)} ${actor.name} ${what}`)
  }

  /** Nothing that it waits for will come. */
  kill(actor: Actor): void {
    actor.isAlive = false
    this.#ready = this.#ready.filter((waiting) => waiting.actor !== actor)
    this.#timers = this.#timers.filter((waiting) => waiting.actor !== actor)
  }

  /** Lets go one after the other until `isDone`; throws where that takes more than `maxSteps`. */
  async run(isDone: () => boolean, maxSteps: number): Promise<void> {
    for (let step = 0; ; step++) {
      await settled()
      if (isDone()) return
      if (step >= maxSteps) throw new Error(`not done after ${maxSteps} steps`)
      this.#step()
    }
  }

  #step(): void {
    this.steps++
    this.nowMs += this.#random.next() * 2
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs)
    if (due.length > 0) {
      this.#timers = this.#timers.filter((waiting) => !due.includes(waiting))
      this.#ready.push(...due)
    }
    if (this.#ready.length === 0) this.#skipTime()
    const [next] = this.#ready.splice(this.#random.below(this.#ready.length), 1)
    if (next === undefined) throw new Error('everything waits for something that cannot come')
    this.note(next.actor, next.what)
    next.go()
  }

  #skipTime(): void {
    const first = this.#timers.reduce<Waiting | undefined>(
      (least, waiting) => (least === undefined || waiting.atMs < least.atMs ? waiting : least),
      undefined,
    )
    if (first === undefined) return
    this.#timers.splice(this.#timers.indexOf(first), 1)
    this.nowMs = Math.max(this.nowMs, first.atMs)
    this.#ready.push(first)
  }
}

/** After all that goes on without waiting for the world: promises are kept in microtasks, which are all run by then. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
