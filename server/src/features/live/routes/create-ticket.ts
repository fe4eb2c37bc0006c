import {
  createTicketRequestSchema,
  parseDocumentName,
  type Ticket,
  ticketSchema,
} from '@cloudsync/protocol'
import type { Access } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { ticketAudience, ticketSeconds, type TicketClaims } from '../tickets.ts'

/** `POST /live/tickets`: what opens one document at `/live/y/` for the next five minutes. */
export function createTicket(options: { access: Access; identity: Pick<Identity, 'signToken'> }) {
  return endpoint({
    summary: 'A ticket that opens one document by the plain Yjs protocol',
    answers: { 201: ticketSchema },
    problems: ['not_found', 'trashed'],
    method: 'post',
    path: '/live/tickets',
    access: 'user',
    // The ticket may do what the token may that asked for it.
    scope: 'files:read',
    needs: { node: 'node.read', of: 'handler' },
    body: createTicketRequestSchema,
    async handle({ caller, body }) {
      const ref = parseDocumentName(body.document)
      if (!ref) throw new ProblemError('not_found')
      const node = await options.access.requireNode(caller.userId, ref.nodeId, 'node.read')
      if (node.kind !== ref.kind) throw new ProblemError('not_found')
      const scopes = caller.scopes && { scopes: [...caller.scopes] }
      const claims: TicketClaims = { sid: caller.sessionId, document: body.document, ...scopes }
      const ticket = await options.identity.signToken({
        audience: ticketAudience,
        ttlSeconds: ticketSeconds,
        claims,
      })
      return json({ ticket, expiresInSeconds: ticketSeconds } satisfies Ticket, { status: 201 })
    },
  })
}
