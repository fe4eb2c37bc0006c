import { z } from 'zod'

export const createTicketRequestSchema = z.strictObject({ document: z.string().max(128) })
/** A ticket opens one document by the plain Yjs protocol; it is never logged. */
export const ticketSchema = z.object({ ticket: z.string(), expiresInSeconds: z.int() })
export type Ticket = z.infer<typeof ticketSchema>
