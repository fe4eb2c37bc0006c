import type { Response } from 'express'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Endpoint } from '../endpoint.ts'
import { Admission, overloaded, type RefusalReason, type RequestCounts } from './admission.ts'
import { AnswerTime } from './answer-time.ts'
import { LoopDelay } from './loop-delay.ts'
import { Shares } from './shares.ts'

export interface LoadShedderOptions {
  readonly metrics: Registry
  /** Requests that are worked on at the same time. Default 1,000. */
  readonly maxInFlight?: number
  /** Those of one caller, once half of all are taken. Default 100. */
  readonly maxInFlightEach?: number
  /** Bodies of one caller that may take their time, and all of its that are kept in memory. Default 100, and 64 MiB. */
  readonly maxBodiesEach?: number
  readonly maxBodyBytesEach?: number
  /** How long more of them may take. Default 2,000. */
  readonly crowdedBodyMs?: number
  /** How late the event loop may be, smoothed. Default 1,000. */
  readonly maxDelayMs?: number
  /** So many at once are worth refusing others when answers take longer than `maxAnswerMs`, smoothed. Default 200, and 2,000. */
  readonly crowd?: number
  readonly maxAnswerMs?: number
}

/** What decides whether a route is refused or counted. */
export type SheddableRoute = Pick<Endpoint, 'isNeverShed' | 'limit'>

/**
 * Refuses what comes when there is more to do than can be done, before anything is spent on it, so that what
 * was begun is answered in time. Transfers last long and do little, and are not counted; new ones are refused
 * all the same. Nor is a request counted while its body arrives, and one caller alone cannot take all that there is.
 */
export class LoadShedder {
  readonly #counts: RequestCounts
  readonly #maxDelayMs: number
  readonly #crowd: number
  readonly #maxAnswerMs: number
  readonly #delay = new LoopDelay()
  readonly #answerTime = new AnswerTime()
  readonly #shed: Counter
  readonly #isBusy = () => this.#counts.inFlight > 0

  constructor({
    metrics,
    maxInFlight = 1_000,
    maxInFlightEach = 100,
    maxBodiesEach = 100,
    maxBodyBytesEach = 64 * 1024 * 1024,
    crowdedBodyMs = 2_000,
    maxDelayMs = 1_000,
    crowd = 200,
    maxAnswerMs = 2_000,
  }: LoadShedderOptions) {
    this.#maxDelayMs = maxDelayMs
    this.#crowd = crowd
    this.#maxAnswerMs = maxAnswerMs
    this.#counts = {
      maxInFlight,
      maxInFlightEach,
      maxBodiesEach,
      maxBodyBytesEach,
      crowdedBodyMs,
      callers: new Shares(),
      bodies: new Shares(),
      bodyBytes: new Shares(),
      inFlight: 0,
      onRefused: (reason) => this.#shed.inc({ reason }),
      onAnswered: (tookMs) => this.#answerTime.note(tookMs),
    }
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

  /**
   * Counts a request in until its answer has gone; gives how, or nothing for a transfer. Throws `overloaded`.
   */
  admit({ isNeverShed = false, limit }: SheddableRoute, response: Response): Admission | undefined {
    const reason = this.#findReason()
    if (reason !== undefined && !isNeverShed) {
      this.#counts.onRefused(reason)
      throw overloaded()
    }
    this.#delay.watch(this.#isBusy)
    return limit === 'transfer' ? undefined : new Admission(this.#counts, response, isNeverShed)
  }

  #findReason(): RefusalReason | undefined {
    const { inFlight, maxInFlight } = this.#counts
    if (inFlight >= maxInFlight) return 'in_flight'
    // They wait for each other somewhere behind us: one more would wait longer than anybody likes to.
    if (inFlight >= this.#crowd && this.#answerTime.ms > this.#maxAnswerMs) return 'slow'
    return this.#delay.ms > this.#maxDelayMs ? 'loop_delay' : undefined
  }
}
