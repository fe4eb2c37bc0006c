import type { ApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'

/** What is wrong with the set-up form, by place. */
export interface SetUpFault {
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly password?: string | undefined
  readonly form?: string | undefined
}

export function readSetUpFault(error: ApiError): SetUpFault {
  switch (error.code) {
    case 'already_set_up':
      return {
        form: 'Somebody was faster: the server has its first account. Go to the sign-in page.',
      }
    case 'link_used':
    case 'not_found':
    case 'forbidden':
    case 'wrong_credentials':
      return {
        form: 'The set-up link is not the current one. The newest stands in the server’s log.',
      }
    case 'bad_request': {
      const at = (field: string) =>
        error.errors.find(({ path }) => path.split('.').at(-1) === field)?.message
      const fault = { name: at('name'), email: at('email'), password: at('password') }
      const isPlaced = Object.values(fault).some((message) => message !== undefined)
      return isPlaced ? fault : { form: errorLine(error) }
    }
    default:
      return { form: errorLine(error) }
  }
}
