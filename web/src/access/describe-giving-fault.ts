import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'

/** What is wrong with a grant that was wanted, and which field of the form it is about. */
export interface GivingFault {
  readonly at: 'who' | 'day' | 'all'
  readonly text: string
}

export function describeGivingFault(error: unknown): GivingFault {
  if (isApiError(error, 'not_found')) {
    return {
      at: 'who',
      text: 'Nobody here has this address. An administrator can make an account.',
    }
  }
  if (isApiError(error, 'bad_request') && error.errors.some(({ path }) => path.includes('subject')))
    return { at: 'who', text: 'This is no e-mail address' }
  return { at: 'all', text: errorLine(error) }
}
