import { z } from 'zod'

/** The root of a text document's `Y.Text`, and of a folder document's `Y.Map`. */
export const textRootName = 'content'
export const childrenRootName = 'children'

/**
 * What the server says beside the sync protocol, as JSON in Hocuspocus stateless messages.
 *
 * `saved` is the exact acknowledgement: everything that this connection had sent when the message was
 * made is on disk, at `epoch.seq`. `stateVector` (base64) is the document's state at that position, so
 * that a client can tell which of its own edits are covered without counting messages.
 */
export const liveServerMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('saved'),
    epoch: z.int(),
    seq: z.int(),
    /** Base64 of the encoded state vector of what is durable. */
    stateVector: z.string(),
  }),
  z.object({
    type: z.literal('refused'),
    /** A stable reason, such as `read_only`, `rate_limited`, `foreign_client`, `malformed`. */
    reason: z.string(),
  }),
])
export type LiveServerMessage = z.infer<typeof liveServerMessageSchema>

/** What the server writes into a connection's presence; a client cannot set or change it. */
export const presenceUserSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** A CSS hex colour from `presenceColors`. */
  color: z.string(),
  kind: z.enum(['member', 'guest']),
})
export type PresenceUser = z.infer<typeof presenceUserSchema>

/** White text on each has a contrast of at least 4.5, each on white and on #101217 at least 3. */
export const presenceColors = [
  '#C2255C',
  '#9C36B5',
  '#7048E8',
  '#3B5BDB',
  '#1971C2',
  '#0B7285',
  '#27803A',
  '#B35900',
] as const
