import { sessionIdSchema, tokenScopeSchema } from '@cloudsync/protocol'
import { z } from 'zod'

/** What a token must be made for to open a live document by the plain Yjs protocol. */
export const ticketAudience = 'cloudsync:live-ticket'

/** Long enough to connect with, short enough to be worth nothing in a log. */
export const ticketSeconds = 300

/** What a ticket says beside its registered claims. */
export const ticketClaimsSchema = z.object({
  sid: sessionIdSchema,
  /** The name of the one document that it opens. */
  document: z.string(),
  /** Of a token with scopes: what it allowed that asked for the ticket. */
  scopes: z.array(tokenScopeSchema).optional(),
})

export type TicketClaims = z.infer<typeof ticketClaimsSchema>
