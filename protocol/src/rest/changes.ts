import { z } from 'zod'
import { nodeIdSchema } from '../ids.ts'
import { nodeSchema } from './nodes.ts'

/**
 * `GET /spaces/{id}/changes`: `cursor` is the sequence number up to which the caller knows the space. `latest`
 * answers none, and where to go on from now: for who lists next what they were given of a space.
 */
export const changesQuerySchema = z.object({
  cursor: z.union([z.literal('latest'), z.coerce.number().int().min(0)]),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

/** The latest state of a node, or that it is gone from the space: moved away, or purged. */
export const changeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('node'), seq: z.int(), node: nodeSchema }),
  z.object({ type: z.literal('gone'), seq: z.int(), id: nodeIdSchema }),
])
export type Change = z.infer<typeof changeSchema>

/** In the order of their numbers. `nextCursor` is where to go on; there is more now when `hasMore`. */
export const changesSchema = z.object({
  items: z.array(changeSchema),
  nextCursor: z.string(),
  hasMore: z.boolean(),
})
export type Changes = z.infer<typeof changesSchema>
