import type { Response } from 'express'
import { Counter, Gauge, type Registry } from 'prom-client'
import { ProblemError } from '../../problem-error.ts'
import type { Endpoint } from '../endpoint.ts'
import { LoopDelay } from './loop-delay.ts'

export interface LoadShedderOptions {
  readonly metrics: Registry
  /** Requests that are worked on at the same time. Default 1,000. */
  readonly maxInFlight?: number
  /** How late the event loop may be, smoothed. Default 1,000. */
  readonly maxDelayMs?: number
}

/** What decides whether a route is refused or counted. */
export type SheddableRoute = Pick<Endpoint, 'isNeverShed' | 'limit'>

const retryAfterSeconds = 2

/**
 * Refuses what comes when there is more to do than can be done, before anything is spent on it, so that what
 * was begun is answered in time. Transfers last long and do little, and are not counted; new ones are refused
 * all the same.
 */
export class LoadShedder {
  readonly #maxInFlight: number
  readonly #maxDelayMs: number
  readonly #delay = new LoopDelay()
  readonly #shed: Counter
  #inFlight = 0
  readonly #isBusy = () => this.#inFlight > 0
  readonly #countOut = () => {
    this.#inFlight -= 1
  }

  constructor({ metrics, maxInFlight = 1_000, maxDelayMs = 1_000 }: LoadShedderOptions) {
    this.#maxInFlight = maxInFlight
    this.#maxDelayMs = maxDelayMs
    this.#shed = new Counter({
      name: 'cloudsync_http_requests_shed_total',
      help: 'Requests that were refused because there was too much to do',
      labelNames: ['reason'],
      registers: [metrics],
    })
    const delay = this.#delay
    new Gauge({
      name: 'cloudsync_http_loop_delay_seconds',
      help: 'How late the event loop is, smoothed, while requests are answered',
      registers: [metrics],
      collect() {
        this.set(delay.ms / 1000)
      },
    })
  }

  /** Counts a request in until its answer has gone. Throws `overloaded`. */
  admit({ isNeverShed = false, limit }: SheddableRoute, response: Response): void {
    const reason = this.#findReason()
    if (reason !== undefined && !isNeverShed) {
      this.#shed.inc({ reason })
      throw new ProblemError('overloaded', {
        headers: { 'retry-after': String(retryAfterSeconds) },
      })
    }
    this.#delay.watch(this.#isBusy)
    if (limit === 'transfer') return
    this.#inFlight += 1
    response.on('close', this.#countOut)
  }

  #findReason(): 'in_flight' | 'loop_delay' | undefined {
    if (this.#inFlight >= this.#maxInFlight) return 'in_flight'
    return this.#delay.ms > this.#maxDelayMs ? 'loop_delay' : undefined
  }
}
