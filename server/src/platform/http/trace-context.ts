import { randomBytes } from 'node:crypto'

/** Where a request stands in a trace (https://www.w3.org/TR/trace-context-2/). */
export interface TraceContext {
  /** 32 hex digits, the same for all that follows from one cause. */
  readonly traceId: string
  /** 16 hex digits, of the work on this one request. */
  readonly spanId: string
  /** What the caller calls its own work; `undefined` where the trace begins here. */
  readonly parentId: string | undefined
  /** Two hex digits, as they came. */
  readonly flags: string
}

const header = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const zeros = /^0+$/

/**
 * Goes on with the trace that `traceparent` names. Begins one where there is none, or where it is malformed
 * (§3.2.2.4): whoever sends rubbish is served all the same.
 */
export function continueTrace(traceparent: string | undefined): TraceContext {
  if (traceparent === undefined) return beginTrace()
  const [, version, traceId = '', parentId = '', flags = '00', rest] =
    header.exec(traceparent) ?? []
  // Only later versions may say more than this one.
  const isKnown = version !== undefined && (version !== '00' || rest === undefined)
  if (!isKnown || zeros.test(traceId) || zeros.test(parentId)) return beginTrace()
  return { traceId, spanId: randomHex(16), parentId, flags }
}

/** The header that hands the trace on, and by which an answer tells of it. */
export function traceparentOf({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`
}

function beginTrace(): TraceContext {
  return { traceId: randomHex(32), spanId: randomHex(16), parentId: undefined, flags: '00' }
}

/** Random digits are made by the page: to ask for some costs more than to take them. */
let page = ''
let taken = 0

function randomHex(digits: number): string {
  if (page.length < taken + digits) {
    page = randomBytes(4096).toString('hex')
    taken = 0
  }
  const hex = page.slice(taken, taken + digits)
  taken += digits
  return zeros.test(hex) ? randomHex(digits) : hex
}
