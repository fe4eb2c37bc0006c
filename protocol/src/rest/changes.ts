import { z } from 'zod'
import { nodeIdSchema } from '../ids.ts'
import { nodeSchema } from './nodes.ts'

/** How long a request for changes may wait for one, in seconds. */
export const maxChangesWaitSeconds = 55

/**
 * `GET /spaces/{id}/changes`: `cursor` is the sequence number up to which the caller knows the space. `latest`
 * answers none, and where to go on from now: for who lists next what they were given of a space. When there is
 * nothing after the cursor, the answer waits up to `wait` seconds for something. A cursor that nobody can go on from any
 * more is answered by `cursor_expired`: take a snapshot.
 */
export const changesQuerySchema = z.object({
  cursor: z.union([
    z.literal('latest'),
    z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  ]),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  wait: z.coerce.number().int().min(0).max(maxChangesWaitSeconds).default(0),
  /** As last answered: the answer does not wait when there is another one now. */
  accessEpoch: z.string().max(64).optional(),
})

/** A node as those see it who keep a copy of a space. */
export const syncNodeSchema = nodeSchema.extend({
  /**
   * Names what is in a file, as the ETag of its content without quotes: equal names, equal bytes. The SHA-256 of a
   * blob, `epoch.seq` of a live text; `null` for a folder.
   */
  etag: z.string().nullable(),
  /** Whether the caller may change its content and its name (`node.edit`). */
  canEdit: z.boolean(),
})
export type SyncNode = z.infer<typeof syncNodeSchema>

/** The latest state of a node, or that it is gone for the caller: moved away, purged, or out of sight. */
export const changeSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('node'),
    seq: z.int(),
    node: syncNodeSchema,
    /**
     * The folder has come here since the cursor: from elsewhere, from the trash, or into sight. Who did not have it
     * was not told what is in it, and takes a snapshot of it (`folderId`). Never of a folder that is new.
     */
    isArrival: z.boolean(),
    /**
     * When a folder last came so; null: it lies where it was made. One that came before the cursor, of which nothing is
     * known all the same, changed between two pages: the first was cut off before it. Take a snapshot of that, too.
     */
    arrivedSeq: z.int().nullable(),
  }),
  z.object({ type: z.literal('gone'), seq: z.int(), id: nodeIdSchema }),
])
export type Change = z.infer<typeof changeSchema>

/**
 * Stands for what the caller may see of the space. With another one than the last time, things may have come into
 * sight or gone out of it that the feed does not tell: take a snapshot. Opaque.
 */
export const accessEpochSchema = z.string()

/** In the order of their numbers. `nextCursor` is where to go on; there is more now when `hasMore`. */
export const changesSchema = z.object({
  items: z.array(changeSchema),
  nextCursor: z.string(),
  hasMore: z.boolean(),
  accessEpoch: accessEpochSchema,
})
export type Changes = z.infer<typeof changesSchema>

/** `GET /spaces/{id}/snapshot`: with `folderId` what lies below that folder, without the folder itself. */
export const snapshotQuerySchema = z.object({
  cursor: z.string().max(1024).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  folderId: nodeIdSchema.optional(),
})

/**
 * All that the caller may see and that is not in the trash, folders before what is in them. `nextCursor` is `null` on
 * the last page; a page may be short, or empty, and not the last. What changes meanwhile is in the feed after
 * `changesCursor`, which is the same on every page.
 */
export const snapshotSchema = z.object({
  items: z.array(syncNodeSchema),
  nextCursor: z.string().nullable(),
  changesCursor: z.string(),
  accessEpoch: accessEpochSchema,
})
export type Snapshot = z.infer<typeof snapshotSchema>
