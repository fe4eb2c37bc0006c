import type { ServerResponse } from 'node:http'
import type { UserId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import type { Access, AccessChange, NodeAccess } from '#features/access/index.ts'
import { ProblemError } from '#platform/problem-error.ts'

interface Download {
  readonly userId: UserId
  readonly file: NodeAccess
  readonly response: ServerResponse
}

/** What is being read just now. It breaks off when its reader may not read it any more. */
export class RunningDownloads {
  readonly #running = new Set<Download>()
  readonly #access: Access
  readonly #log: Logger

  constructor(access: Access, log: Logger) {
    this.#access = access
    this.#log = log
    access.onAccessChanged((change) => void this.#review(change))
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

  async #review({ spaceId }: AccessChange): Promise<void> {
    for (const download of this.#running) {
      if (spaceId !== undefined && download.file.spaceId !== spaceId) continue
      try {
        if (!(await this.#mayRead(download))) download.response.destroy()
      } catch (error) {
        this.#log.warn({ err: error }, 'access of a download could not be reviewed')
      }
    }
  }

  async #mayRead({ userId, file }: Download): Promise<boolean> {
    return (await this.#access.findNodeAccess(userId, file.nodeId)) !== undefined
  }
}
