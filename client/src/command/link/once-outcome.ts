import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { describeOffline } from './describe-offline.ts'
import { needsAttention, type LinkStatus } from './link-status.ts'

export interface OnceOutcome {
  readonly exitCode: ExitCode
  /** Where it could not be done. */
  readonly message?: string
}

/** How a run that is to end came out, of a link that has rested for a while; `undefined`: it still has something to do. */
export function onceOutcome(status: LinkStatus): OnceOutcome | undefined {
  const { state, detail, stepsLeft, server } = status
  switch (state) {
    case 'idle':
      if (stepsLeft > 0) return undefined
      return { exitCode: needsAttention(status) ? exitCodes.attention : exitCodes.done }
    case 'offline':
      return describeOffline(detail, server)
    case 'missing':
      return {
        exitCode: exitCodes.failed,
        message: 'the folder is not there, or is another one; nothing was done',
      }
    case 'paused':
      return {
        exitCode: exitCodes.attention,
        message: 'it is paused, and nothing was done; go on by: cloudsync resume',
      }
    case 'scanning':
      // Without a word of why it is still looking.
      return detail === null
        ? undefined
        : { exitCode: exitCodes.failed, message: `the folder cannot be read (${detail})` }
    case 'stopped':
      // As where the disk of its own database is full.
      return detail === null ? undefined : { exitCode: exitCodes.failed, message: detail }
    case 'syncing':
      return undefined
  }
}
