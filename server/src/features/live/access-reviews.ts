import { closeCodes, type CloseCode } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import type { AccessChange } from '#features/access/index.ts'
import type { LiveAdmission } from './live-admission.ts'
import type { LiveConnection } from './live-connection.ts'
import type { LiveDocument } from './live-document.ts'
import type { LiveMember } from './live-member.ts'
import type { LiveSocket } from './live-socket.ts'

export interface AccessReviewsOptions {
  readonly admission: Pick<LiveAdmission, 'judge'>
  readonly log: Logger
}

/** A document connection that is being opened, as it was judged. */
interface Judged {
  readonly socket: LiveSocket
  readonly canEdit?: boolean
  /** The node lies in the trash; edits made before that was seen bring it back. */
  readonly isReturning?: boolean
  /** The count of changes when the access was looked at. */
  readonly judgedAt?: number
}

/** As many as have connections to the database. */
const reviewsAtOnce = 8

/** What changes of sessions and roles mean for document connections that are open, or about to be. */
export class AccessReviews {
  readonly #options: AccessReviewsOptions
  #changes = 0

  constructor(options: AccessReviewsOptions) {
    this.#options = options
  }

  /** How many changes to a session or a role there have been. */
  get changes(): number {
    return this.#changes
  }

  noteChange(): void {
    this.#changes += 1
  }

  /** Looks at the access of open connections anew: in one space, or everywhere. */
  async review(
    open: readonly LiveConnection[],
    { spaceId, userId }: AccessChange = {},
  ): Promise<void> {
    const connections = open.filter(
      (connection) => spaceId === undefined || connection.spaceId === spaceId,
    )
    // Whose access it is above all comes first.
    const [first, others] = [true, false].map((isFirst) =>
      connections.filter(({ member }) => (member.userId === userId) === isFirst),
    )
    const waiting = [...(first ?? []), ...(others ?? [])].values()
    const reviewInTurn = async () => {
      for (const connection of waiting) await this.#review(connection)
    }
    await Promise.all(Array.from({ length: reviewsAtOnce }, reviewInTurn))
  }

  /** Sessions and roles may change while a document is loaded. Gives whether they may edit now. */
  async judgeAgain(opening: Judged, member: LiveMember, live: LiveDocument): Promise<boolean> {
    let { canEdit, judgedAt } = opening
    while (judgedAt !== this.#changes) {
      judgedAt = this.#changes
      const judgement = await this.#options.admission.judge(member, live.nodeId)
      // That it lies in the trash is known already of who returns to it.
      if (judgement.kind === 'out' && judgement.code === closeCodes.trashed && opening.isReturning)
        continue
      if (judgement.kind === 'out') opening.socket.close(judgement.code)
      canEdit = judgement.kind === 'in' && judgement.canEdit
    }
    return canEdit ?? false
  }

  async #review(connection: LiveConnection): Promise<void> {
    try {
      const { admission } = this.#options
      const judgement = await admission.judge(connection.member, connection.live.nodeId)
      if (judgement.kind === 'in') connection.setAccess(judgement.canEdit, judgement.spaceId)
      else await sendAway(connection, judgement.code)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'access of a live connection could not be reviewed')
    }
  }
}

async function sendAway(connection: LiveConnection, code: CloseCode): Promise<void> {
  // What was received before the trash is written first.
  if (code === closeCodes.trashed) await connection.drained()
  connection.socket.close(code)
}
