import type { ServerResponse } from 'node:http'
import type { SessionId, UserId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import type { Access, AccessChange, NodeAccess } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import { ProblemError } from '#platform/problem-error.ts'

/** What a download looks at anew of who reads. */
export type DownloadSessions = Pick<
  Identity,
  'findSessionCaller' | 'onSessionEnded' | 'onSessionsVoided'
>

interface Download {
  readonly caller: { readonly userId: UserId; readonly sessionId: SessionId }
  readonly file: NodeAccess
  readonly response: ServerResponse
}

export interface RunningDownloadsOptions {
  readonly access: Access
  readonly sessions: DownloadSessions
  readonly log: Logger
}

/** What is being read just now. It breaks off when its reader has been signed out, or may not read it any more. */
export class RunningDownloads {
  readonly #running = new Set<Download>()
  readonly #options: RunningDownloadsOptions

  constructor(options: RunningDownloadsOptions) {
    this.#options = options
    const { access, sessions } = options
    access.onAccessChanged((change) => void this.#review(change))
    sessions.onSessionEnded(({ sessionId }) => this.#end(sessionId))
    sessions.onSessionsVoided(() => void this.#review({}))
  }

  /** `file`: as it was found when the reader was let in. Throws `not_found` when that is over already. */
  async run<Result>(download: Download, work: () => Promise<Result>): Promise<Result> {
    this.#running.add(download)
    try {
      if (!(await this.#mayRead(download))) throw new ProblemError('not_found')
      return await work()
    } finally {
      this.#running.delete(download)
    }
  }

  #end(sessionId: SessionId): void {
    for (const { caller, response } of this.#running)
      if (caller.sessionId === sessionId) response.destroy()
  }

  async #review({ spaceId }: AccessChange): Promise<void> {
    for (const download of this.#running) {
      if (spaceId !== undefined && download.file.spaceId !== spaceId) continue
      try {
        if (!(await this.#mayRead(download))) download.response.destroy()
      } catch (error) {
        this.#options.log.warn({ err: error }, 'access of a download could not be reviewed')
      }
    }
  }

  async #mayRead({ caller: { userId, sessionId }, file }: Download): Promise<boolean> {
    const { access, sessions } = this.#options
    if (!(await sessions.findSessionCaller(sessionId))) return false
    return (await access.findNodeAccess(userId, file.nodeId)) !== undefined
  }
}
