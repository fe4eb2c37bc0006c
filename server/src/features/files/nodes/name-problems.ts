import { findNameFault, nameFaultDetails } from '@cloudsync/crdt'
import { ProblemError } from '#platform/problem-error.ts'

/** Throws `invalid_name` with the reason. */
export function requireName(name: string): void {
  const reason = findNameFault(name)
  if (reason)
    throw new ProblemError('invalid_name', {
      detail: nameFaultDetails[reason],
      extensions: { reason },
    })
}
