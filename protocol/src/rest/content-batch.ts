import { z } from 'zod'
import { nodeIdSchema } from '../ids.ts'
import { problemSchema } from '../problem.ts'
import { maxBatchFiles } from './batch-limits.ts'

/** `POST /nodes/contents`: of which files the bytes are wanted. */
export const readContentsRequestSchema = z.strictObject({
  ids: z.array(nodeIdSchema).min(1).max(maxBatchFiles),
})
export type ReadContentsRequest = z.infer<typeof readContentsRequestSchema>

/**
 * The first line of the answer (JSON, ended by a line feed): one result for each id, in their order. Behind it follow the
 * bytes of those that are `ok`, one behind the other. `etag` is that of `GET /nodes/{id}/content`, without quotes.
 */
export const readContentsResultSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    nodeId: nodeIdSchema,
    etag: z.string(),
    sizeBytes: z.int().min(0),
  }),
  z.object({ ok: z.literal(false), nodeId: nodeIdSchema, problem: problemSchema }),
])
export type ReadContentsResult = z.infer<typeof readContentsResultSchema>

export const readContentsListSchema = z.object({ results: z.array(readContentsResultSchema) })
export type ReadContentsList = z.infer<typeof readContentsListSchema>
