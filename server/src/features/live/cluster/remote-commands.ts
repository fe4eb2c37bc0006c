import { closeCodes, type CloseCodeName, type NodeId } from '@cloudsync/protocol'
import type { Notices } from '#platform/db/notices.ts'
import type { LiveRooms } from '../live-rooms.ts'

export interface RemoteCommandsOptions {
  readonly notices: Pick<Notices, 'on' | 'send'>
  readonly rooms: () => LiveRooms
  readonly reviewAccess: () => Promise<void>
}

const kinds = {
  sealed: 'text_sealed',
  closed: 'document_closed',
  review: 'access_review',
} as const

/** Reviews that are asked for while many folders go to the trash are one. */
const reviewMs = 250

/** What is done to documents and their people here is done on every other server too. */
export class RemoteCommands {
  readonly #options: RemoteCommandsOptions
  #isReviewDue = false

  constructor(options: RemoteCommandsOptions) {
    this.#options = options
    const { notices, rooms, reviewAccess } = options
    notices.on(kinds.sealed, ({ nodeId }) => void dismissSealed(rooms(), nodeId as NodeId))
    notices.on(kinds.closed, ({ nodeId, code }) => {
      if (isCloseCode(code)) void closeDocument(rooms(), nodeId as NodeId, code)
    })
    notices.on(kinds.review, () => void reviewAccess())
  }

  dismissSealed(nodeId: NodeId): void {
    void this.#options.notices.send(kinds.sealed, { nodeId })
  }

  closeDocument(nodeId: NodeId, code: CloseCodeName): void {
    void this.#options.notices.send(kinds.closed, { nodeId, code })
  }

  reviewAccess(): void {
    if (this.#isReviewDue) return
    this.#isReviewDue = true
    setTimeout(() => {
      this.#isReviewDue = false
      void this.#options.notices.send(kinds.review)
    }, reviewMs).unref()
  }
}

/** Sends everyone away from a text that is sealed. Never rejects. */
export async function dismissSealed(rooms: LiveRooms, nodeId: NodeId): Promise<void> {
  const live = rooms.findByNode(nodeId)
  if (!live) return
  // What waits is tried, and refused: so it is heard of as late.
  await Promise.all([...live.connections].map((connection) => connection.drained()))
  rooms.evict(live, 'sealed', closeCodes.sealed)
}

/** Sends everyone away from a document, after what was received is durable. Never rejects. */
export async function closeDocument(
  rooms: LiveRooms,
  nodeId: NodeId,
  code: CloseCodeName,
): Promise<void> {
  const live = rooms.findByNode(nodeId)
  if (!live) return
  await Promise.all([...live.connections].map((connection) => connection.drained()))
  live.closeSockets(closeCodes[code])
}

function isCloseCode(code: unknown): code is CloseCodeName {
  return typeof code === 'string' && Object.hasOwn(closeCodes, code)
}
