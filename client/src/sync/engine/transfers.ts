import type { NodeId } from '@cloudsync/protocol'
import type { Clock } from '../ports.ts'
import { StaleError } from './step-failures.ts'

export interface Transfer {
  readonly id: NodeId
  readonly path: string
  readonly direction: 'up' | 'down'
  readonly sizeBytes: number | null
  readonly doneBytes: number
  readonly startedAtMs: number
}

export interface TransferRates {
  readonly upBytesPerSecond: number
  readonly downBytesPerSecond: number
}

const windowMs = 5000

/** What is on its way, and how fast. */
export class Transfers {
  readonly #clock: Clock
  readonly #current = new Set<{ -readonly [K in keyof Transfer]: Transfer[K] }>()
  #recent: { atMs: number; bytes: number; direction: Transfer['direction'] }[] = []
  /** While nothing goes through. */
  #held: PromiseWithResolvers<void> | undefined
  sentBytes = 0
  receivedBytes = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  list(): Transfer[] {
    return [...this.#current].map((transfer) => ({ ...transfer }))
  }

  rates(): TransferRates {
    const since = this.#clock.now() - windowMs
    this.#recent = this.#recent.filter(({ atMs }) => atMs > since)
    const of = (direction: Transfer['direction']) =>
      this.#recent.reduce((sum, part) => sum + (part.direction === direction ? part.bytes : 0), 0) /
      (windowMs / 1000)
    return { upBytesPerSecond: of('up'), downBytesPerSecond: of('down') }
  }

  /** Nothing goes through until `resume`; what comes too late then, as the line is cut, is tried again by its step. */
  pause(): void {
    if (this.#held) return
    this.#held = Promise.withResolvers()
    // Mostly nobody waits for it.
    this.#held.promise.catch(() => undefined)
  }

  resume(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  /** What is held comes to its end, as nobody will resume it. */
  breakOff(): void {
    this.#held?.reject(new StaleError('it was paused'))
  }

  /** Gives the bytes through and counts them. */
  async *watch(
    content: AsyncIterable<Uint8Array>,
    about: Pick<Transfer, 'id' | 'path' | 'direction' | 'sizeBytes'>,
  ): AsyncIterable<Uint8Array> {
    const transfer = { ...about, doneBytes: 0, startedAtMs: this.#clock.now() }
    this.#current.add(transfer)
    try {
      for await (const part of content) {
        await this.#held?.promise
        transfer.doneBytes += part.length
        this.#count(part.length, about.direction)
        yield part
      }
    } finally {
      this.#current.delete(transfer)
    }
  }

  #count(bytes: number, direction: Transfer['direction']): void {
    if (direction === 'up') this.sentBytes += bytes
    else this.receivedBytes += bytes
    const last = this.#recent.at(-1)
    const atMs = this.#clock.now()
    if (last?.direction === direction && atMs - last.atMs < 100) last.bytes += bytes
    else this.#recent.push({ atMs, bytes, direction })
    if (this.#recent.length > 1000) this.rates()
  }
}
