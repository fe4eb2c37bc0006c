import { errorCodes, type ErrorCode } from '@cloudsync/protocol'
import { exitCodes, type ExitCode } from '../exit-codes.ts'

export interface OfflineReport {
  /** After the name of the link; with what to do, where a person has to do something. */
  readonly message: string
  readonly exitCode: ExitCode
}

const unreachable: readonly string[] = ['unreachable', 'timeout', 'broken_off']

/** Why a link does not hear of its server; `detail` is as the engine tells it: a code, and what was said. */
export function describeOffline(detail: string | null | undefined, server: string): OfflineReport {
  const { code, text } = split(detail ?? '')
  if (code === '' || unreachable.includes(code))
    return {
      message: 'the server cannot be reached; tried again by itself',
      exitCode: exitCodes.unreachable,
    }
  if (Object.hasOwn(errorCodes, code) && errorCodes[code as ErrorCode].status === 401)
    return {
      message: `the sign-in is over or was ended; sign in again by: cloudsync login ${server}`,
      exitCode: exitCodes.notSignedIn,
    }
  switch (code) {
    case 'linked_folder_gone':
    case 'trashed':
      return failed(
        'the linked folder was deleted on the server; bring it back there (Trash), or end the link by: cloudsync unlink',
      )
    case 'not_found':
      return failed(
        'the linked folder is not on the server any more, or you may not see it; end the link by: cloudsync unlink',
      )
    case 'insufficient_scope':
      return failed(
        'the token may not do this; sign in by one with the scopes files:read, files:write and account:read',
      )
    default:
      return {
        message: `the server asks for patience (${text}); tried again by itself`,
        exitCode: exitCodes.unreachable,
      }
  }
}

function failed(message: string): OfflineReport {
  return { message, exitCode: exitCodes.failed }
}

function split(detail: string): { code: string; text: string } {
  const [, code = '', text = ''] = /^([a-z_]*): (.*)$/s.exec(detail) ?? ['', detail, detail]
  return { code, text }
}
