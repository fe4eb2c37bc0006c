import {
  closeCodes,
  type CloseCode,
  type DocumentRef,
  type NodeId,
  type SpaceId,
  type UserId,
} from '@cloudsync/protocol'
import { may, type Access, type NodeAccess } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import type { Caller } from '#platform/http/caller.ts'
import { isAllowed, narrowTo } from '#platform/http/scopes.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { authenticateOn } from './authenticate-on.ts'
import { denial } from './denial.ts'
import type { LiveMember } from './live-member.ts'
import type { LivePeople } from './live-people.ts'
import type { LiveSocket } from './live-socket.ts'
import { RefusalBackOff } from './refusal-back-off.ts'
import { ticketAudience, ticketClaimsSchema } from './tickets.ts'

export interface LiveAdmissionOptions {
  readonly identity: Pick<
    Identity,
    'authenticate' | 'cookies' | 'findSessionCaller' | 'findUser' | 'verifyToken'
  >
  readonly access: Access
  readonly people: LivePeople
}

/** What somebody who has a document open, or is about to, may do with it by now. */
export type Judgement =
  | { readonly kind: 'in'; readonly canEdit: boolean; readonly spaceId: SpaceId }
  | { readonly kind: 'out'; readonly code: CloseCode }

/** What somebody may do with a text that they bring together with their copy. */
export interface AdmittedExchange {
  readonly canEdit: boolean
  readonly spaceId: SpaceId
}

/**
 * Whether somebody may send updates at all. What they may change in a folder is judged of each update, child by
 * child.
 */
function canEditDocument(found: NodeAccess): boolean {
  return may(found, 'node.edit') || (found.kind === 'folder' && may(found, 'node.create'))
}

/** Decides who may open a document, and what those who have it open may do with it by now. */
export class LiveAdmission {
  readonly #options: LiveAdmissionOptions
  readonly #backOff = new RefusalBackOff()

  constructor(options: LiveAdmissionOptions) {
    this.#options = options
  }

  /** Throws a `Denial`, and the problems of whom it asks; who comes too often is cut off. */
  async admit(
    token: string,
    documentName: string,
    { kind, nodeId }: DocumentRef,
    socket: LiveSocket,
  ) {
    const { access, identity } = this.#options
    const caller = await this.#identify(token, documentName, socket)
    if (!isAllowed(caller, 'files:read')) throw denial(closeCodes.forbidden)
    if (this.#backOff.remainingMs(backOffKey(caller.userId, nodeId), performance.now()) > 0) {
      socket.close(closeCodes.rateLimited)
      throw denial(closeCodes.rateLimited)
    }
    const found = await access.findNodeAccess(caller.userId, nodeId)
    if (kind === 'text' && found?.kind === 'blob') throw denial(closeCodes.sealed)
    if (found?.kind !== kind) throw denial(closeCodes.notFound)
    const canEdit = canEditDocument(found) && isAllowed(caller, 'files:write')
    if (found.isTrashed && !canEdit) throw denial(closeCodes.trashed)
    const user = await identity.findUser(caller.userId)
    if (!user) throw denial(closeCodes.signedOut)
    if (!this.#options.people.claim(socket, caller.userId)) {
      socket.close(closeCodes.rateLimited)
      throw denial(closeCodes.rateLimited)
    }
    const member: LiveMember = {
      userId: caller.userId,
      sessionId: caller.sessionId,
      name: user.name,
      color: user.color,
      kind: 'member',
      scopes: caller.scopes,
    }
    return { member, canEdit, spaceId: found.spaceId, isReturning: found.isTrashed }
  }

  /** As `admit`, without a socket; throws the problems of it. Trash is closed here: what comes back is restored first. */
  async admitExchange(caller: Caller, nodeId: NodeId): Promise<AdmittedExchange> {
    const waitMs = this.#backOff.remainingMs(backOffKey(caller.userId, nodeId), performance.now())
    if (waitMs > 0)
      throw new ProblemError('rate_limited', { detail: 'An update of this text was refused' })
    const found = await this.#options.access.requireNode(caller.userId, nodeId, 'node.read')
    if (found.isTrashed) throw new ProblemError('trashed')
    if (found.kind === 'blob') throw new ProblemError('sealed')
    if (found.kind === 'folder') throw new ProblemError('not_text')
    const canEdit = canEditDocument(found) && isAllowed(caller, 'files:write')
    return { canEdit, spaceId: found.spaceId }
  }

  /** An update of somebody was refused: they wait before they open the document again. */
  refused(userId: UserId, nodeId: NodeId): void {
    this.#backOff.refused(backOffKey(userId, nodeId), performance.now())
  }

  async judge({ userId, sessionId, scopes }: LiveMember, nodeId: NodeId): Promise<Judgement> {
    const { access, identity } = this.#options
    const session = await identity.findSessionCaller(sessionId)
    if (!session) return { kind: 'out', code: closeCodes.signedOut }
    const caller = narrowTo(session, scopes)
    if (!isAllowed(caller, 'files:read')) return { kind: 'out', code: closeCodes.forbidden }
    const found = await access.findNodeAccess(userId, nodeId)
    if (!found) return { kind: 'out', code: closeCodes.forbidden }
    if (found.kind === 'blob') return { kind: 'out', code: closeCodes.sealed }
    if (found.isTrashed) return { kind: 'out', code: closeCodes.trashed }
    const canEdit = canEditDocument(found) && isAllowed(caller, 'files:write')
    return { kind: 'in', canEdit, spaceId: found.spaceId }
  }

  async #identify(token: string, documentName: string, socket: LiveSocket): Promise<Caller> {
    const { identity } = this.#options
    if (socket.credentials === 'access-token') return authenticateOn(socket, token, identity)
    const ticket = ticketClaimsSchema.safeParse(await identity.verifyToken(token, ticketAudience))
    if (!ticket.success) throw denial(closeCodes.signedOut)
    const { document, sid, scopes } = ticket.data
    if (document !== documentName) throw denial(closeCodes.forbidden)
    const caller = await identity.findSessionCaller(sid)
    if (!caller) throw denial(closeCodes.signedOut)
    return narrowTo(caller, scopes && new Set(scopes))
  }
}

function backOffKey(userId: UserId, nodeId: NodeId): string {
  return `${userId} ${nodeId}`
}
