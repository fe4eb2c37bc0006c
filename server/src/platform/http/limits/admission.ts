import type { IncomingMessage } from 'node:http'
import type { Response } from 'express'
import { ProblemError } from '../../problem-error.ts'
import { hasArrived } from '../body-chunks.ts'
import type { Shares } from './shares.ts'

/** What all requests are counted in. */
export interface RequestCounts {
  readonly maxInFlight: number
  readonly maxInFlightEach: number
  readonly maxBodiesEach: number
  readonly maxBodyBytesEach: number
  readonly crowdedBodyMs: number
  readonly callers: Shares
  readonly bodies: Shares
  readonly bodyBytes: Shares
  inFlight: number
  readonly onRefused: (reason: RefusalReason) => void
  /** It was in flight for so long since it came, or last rested. */
  readonly onAnswered: (tookMs: number) => void
}

export type RefusalReason = 'in_flight' | 'slow' | 'loop_delay' | 'caller' | 'bodies'

const retryAfterSeconds = 2

export function overloaded(): ProblemError {
  return new ProblemError('overloaded', { headers: { 'retry-after': String(retryAfterSeconds) } })
}

/**
 * One request that was let in, until its answer has gone. It is in flight, for all and for whom it belongs to, but
 * for the time that its body takes to arrive: that takes as long as its sender likes, and counts for the sender alone.
 */
export class Admission {
  readonly #counts: RequestCounts
  readonly #isNeverShed: boolean
  #caller: string | undefined
  #state: 'in_flight' | 'receiving' | 'resting' | 'over' = 'in_flight'
  #sinceMs = 0
  #bodyBytes = 0
  #hurry: NodeJS.Timeout | undefined

  constructor(counts: RequestCounts, response: Response, isNeverShed: boolean) {
    this.#counts = counts
    this.#isNeverShed = isNeverShed
    this.#enter()
    response.on('close', () => this.#end())
  }

  /** Says who makes it. Throws `rate_limited` where they have too much under way for how much there is. */
  belongsTo(caller: string): void {
    if (this.#state === 'over') return
    this.#caller = caller
    this.#counts.callers.take(caller)
    this.#requireShare(caller)
  }

  /**
   * Takes it out of what is in flight until its body is in, of which `heldBytes` are kept in memory. Throws
   * `rate_limited` where what its caller sends at once may take too much; who sends very many at once loses those that
   * do not come soon. To be called once, and after `belongsTo`.
   */
  awaitBody(request: IncomingMessage, heldBytes = 0): void {
    const caller = this.#caller
    if (caller === undefined || this.#state !== 'in_flight') return
    if (hasArrived(request)) return
    const { bodies, bodyBytes, crowdedBodyMs, maxBodiesEach, maxBodyBytesEach } = this.#counts
    if (bodyBytes.of(caller) + heldBytes > maxBodyBytesEach) throw this.#tooMany('bodies')
    this.#leave()
    this.#state = 'receiving'
    this.#bodyBytes = heldBytes
    bodies.take(caller)
    bodyBytes.take(caller, heldBytes)
    request.once('end', () => this.#received(caller))
    if (bodies.of(caller) <= maxBodiesEach) return
    this.#hurry = setTimeout(() => {
      this.#counts.onRefused('bodies')
      request.destroy()
    }, crowdedBodyMs)
  }

  /** Throws `overloaded` or `rate_limited` where there is too much to do by the time that the body is in. */
  requireRoom(): void {
    const { inFlight, maxInFlight, onRefused } = this.#counts
    if (inFlight > maxInFlight && !this.#isNeverShed) {
      onRefused('in_flight')
      throw overloaded()
    }
    if (this.#caller !== undefined) this.#requireShare(this.#caller)
  }

  /** Takes it out of what is in flight until `goOn`. Whoever rests is bounded elsewhere. */
  rest(): void {
    if (this.#state !== 'in_flight') return
    this.#leave()
    this.#state = 'resting'
  }

  goOn(): void {
    if (this.#state !== 'resting') return
    this.#enter()
    if (this.#caller !== undefined) this.#counts.callers.take(this.#caller)
  }

  /** While less than half is in use, nobody is kept from it. */
  #requireShare(caller: string): void {
    const { callers, inFlight, maxInFlight, maxInFlightEach } = this.#counts
    if (this.#isNeverShed || inFlight <= maxInFlight / 2) return
    if (callers.of(caller) > maxInFlightEach) throw this.#tooMany('caller')
  }

  #tooMany(reason: RefusalReason): ProblemError {
    this.#counts.onRefused(reason)
    return new ProblemError('rate_limited', {
      detail: 'Too many requests at once',
      headers: { 'retry-after': String(retryAfterSeconds) },
    })
  }

  #received(caller: string): void {
    if (this.#state !== 'receiving') return
    this.#endBody(caller)
    this.#enter()
    this.#counts.callers.take(caller)
  }

  #endBody(caller: string): void {
    clearTimeout(this.#hurry)
    this.#counts.bodies.giveBack(caller)
    this.#counts.bodyBytes.giveBack(caller, this.#bodyBytes)
  }

  #enter(): void {
    this.#state = 'in_flight'
    this.#sinceMs = performance.now()
    this.#counts.inFlight += 1
  }

  #leave(): void {
    this.#counts.inFlight -= 1
    if (this.#caller !== undefined) this.#counts.callers.giveBack(this.#caller)
  }

  #end(): void {
    if (this.#state === 'in_flight') {
      this.#leave()
      this.#counts.onAnswered(performance.now() - this.#sinceMs)
    } else if (this.#state === 'receiving' && this.#caller !== undefined) {
      this.#endBody(this.#caller)
    }
    this.#state = 'over'
  }
}
