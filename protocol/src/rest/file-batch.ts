import { z } from 'zod'
import { maxBatchFiles } from './batch-limits.ts'
import { bulkResultSchema } from './bulk.ts'
import { createNodeRequestSchema } from './nodes.ts'

/**
 * `POST /nodes/files`: a form (`multipart/form-data`) with a field `files`, this list as JSON, and then as
 * many parts `file`, in the same order. Their contents tell their kinds.
 */
export const fileBatchSchema = z
  .array(createNodeRequestSchema.omit({ kind: true }))
  .min(1)
  .max(maxBatchFiles)
export type FileBatch = z.infer<typeof fileBatchSchema>

/** One result per file, in their order; each is made or refused by itself. */
export const fileBatchResponseSchema = z.object({ results: z.array(bulkResultSchema) })
export type FileBatchResponse = z.infer<typeof fileBatchResponseSchema>
