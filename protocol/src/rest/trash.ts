import { z } from 'zod'
import { spaceIdSchema } from '../ids.ts'
import { bulkResultSchema } from './bulk.ts'
import { nodeSchema, pageQuerySchema, personSchema } from './nodes.ts'

/** `GET /trash`: what was put there, the latest first; what lies below a trashed folder is not listed. */
export const trashQuerySchema = pageQuerySchema.extend({ spaceId: spaceIdSchema })

export const trashItemSchema = z.object({
  node: nodeSchema,
  trashedBy: personSchema.nullable(),
  /** Everything that was trashed by one request; `POST /trash/batches/{batchId}/undo` brings it back. */
  batchId: z.string(),
  /** Where it lay, as names from the root down, as far as it is known. */
  path: z.array(z.string()),
  purgesAt: z.iso.datetime(),
})
export type TrashItem = z.infer<typeof trashItemSchema>

/** The answer to `DELETE /nodes/{id}` with `Accept: application/json`; 204 without. */
export const trashedSchema = z.object({ batchId: z.string() })

/** The answer to `DELETE /trash`: how many nodes are gone for good. */
export const emptiedTrashSchema = z.object({ purged: z.int() })

/** The answer to `POST /trash/batches/{batchId}/undo`: what is back, and a result for each node of the batch. */
export const undoneBatchSchema = z.object({
  items: z.array(nodeSchema),
  results: z.array(bulkResultSchema),
  nextCursor: z.null(),
})
