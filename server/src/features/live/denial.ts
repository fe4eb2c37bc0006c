import { closeCodes, type CloseCode } from '@cloudsync/protocol'
import type { ProblemError } from '#platform/problem-error.ts'

/** A refusal that Hocuspocus passes on to the client as `PermissionDenied` with its reason. */
export class Denial extends Error {
  override readonly name = 'Denial'
  readonly close: CloseCode
  readonly reason: string

  constructor(close: CloseCode) {
    // Hocuspocus prints the message of what a hook throws; a denial is no failure of ours.
    super('')
    this.close = close
    this.reason = close.reason
  }
}

export function denial(close: CloseCode): Denial {
  return new Denial(close)
}

/** The code that tells a client of a problem. */
export function closeOf(problem: ProblemError): CloseCode {
  switch (problem.code) {
    case 'not_signed_in':
    case 'token_expired':
    case 'token_reused':
    case 'second_factor_setup_required':
      return closeCodes.signedOut
    case 'forbidden':
      return closeCodes.forbidden
    case 'trashed':
      return closeCodes.trashed
    default:
      return closeCodes.notFound
  }
}
