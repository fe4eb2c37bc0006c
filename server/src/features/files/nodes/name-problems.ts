import { findNameFault, nameFaultDetails } from '@cloudsync/crdt'
import { isUniqueViolation } from '#platform/db/database-errors.ts'
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

/** Whether a live child of the folder has the name already. */
export function isNameTaken(error: unknown): boolean {
  return isUniqueViolation(error, 'nodes_live_name')
}
