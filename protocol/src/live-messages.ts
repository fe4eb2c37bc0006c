import { z } from 'zod'
import { spaceIdSchema } from './ids.ts'

/** The root of a text document's `Y.Text`, and of a folder document's `Y.Map`. */
export const textRootName = 'content'
export const childrenRootName = 'children'

/**
 * What a client of ours says beside the sync protocol, as JSON in a Hocuspocus stateless message.
 * `watch_saved` asks for `saved` and `access` messages on this document connection; it is sent once, right after
 * the connection is authenticated. Stock clients never send it and get the boolean SyncStatus only.
 */
export const liveClientMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('watch_saved') }),
])
export type LiveClientMessage = z.infer<typeof liveClientMessageSchema>

/**
 * What the server says beside the sync protocol.
 *
 * `saved` is the exact acknowledgement: the first `received` sync frames (SyncStep2 and Update) that
 * the server got on this document connection since it was authenticated are on disk, and the document
 * stands at `epoch.seq`. It comes once per commit, in order, never before the client's SyncStep2 is
 * durable. `refused` frames count as received.
 *
 * `access` says that this person may, or may not, edit from now on; it comes to those who watch, when that has
 * changed since they were authenticated.
 *
 * `changed` comes on the channel of a space and says that its change feed goes up to `seq`.
 */
export const liveServerMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('saved'),
    epoch: z.int(),
    seq: z.int(),
    received: z.int(),
  }),
  z.object({
    type: z.literal('refused'),
    /**
     * A stable reason, such as `read_only`, `malformed`, `wrong_document`, `too_large`; `space_full` when the
     * space is so far over its quota that its texts take no more edits.
     */
    reason: z.string(),
  }),
  z.object({ type: z.literal('access'), canEdit: z.boolean() }),
  z.object({
    type: z.literal('changed'),
    spaceId: spaceIdSchema,
    seq: z.int(),
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
