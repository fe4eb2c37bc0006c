/**
 * Why bytes of a client are not taken. The words are stable: clients, logs and metrics carry them.
 *
 * | reason | meaning |
 * |---|---|
 * | `malformed` | not the format: cut short, bytes left over, bad UTF-8 or JSON, impossible references |
 * | `unknown_content` | a kind of content that Yjs 13 does not have |
 * | `out_of_range` | an id or a clock above the limit |
 * | `nesting` | values, types or documents inside each other, deeper than the limit or where none may be |
 * | `too_large` | more bytes than the limit |
 * | `too_many_clients`, `too_many_structs`, `too_many_gaps`, `too_many_deletes` | more of them than the limit |
 * | `wrong_document` | well formed, but nothing that this kind of document holds |
 */
export type RefusalReason =
  | 'malformed'
  | 'unknown_content'
  | 'out_of_range'
  | 'nesting'
  | 'too_large'
  | 'too_many_clients'
  | 'too_many_structs'
  | 'too_many_gaps'
  | 'too_many_deletes'
  | 'wrong_document'

/** The outcome of a scan that does not take the bytes. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: RefusalReason
  /** For logs: what was found and where, never the content itself. */
  readonly detail: string
}

/** Leaves a scan from any depth; never crosses the face of this package (see `refusing`). */
export class ScanRefusal extends Error {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, detail: string) {
    super(detail)
    this.name = 'ScanRefusal'
    this.reason = reason
  }
}

/** Runs a scan and turns its refusal into a value. Any other error is a defect and passes. */
export function refusing<T>(scan: () => T): T | Refused {
  try {
    return scan()
  } catch (error) {
    if (!(error instanceof ScanRefusal)) throw error
    return { kind: 'refused', reason: error.reason, detail: error.message }
  }
}
