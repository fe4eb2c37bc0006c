import { z } from 'zod'
import { nodeIdSchema } from '../ids.ts'
import { problemSchema } from '../problem.ts'
import {
  changedModeSchema,
  copyNodeRequestSchema,
  createNodeRequestSchema,
  ifSeqSchema,
  ifTakenSchema,
  nodeSchema,
  seenNodeSchema,
} from './nodes.ts'

/** One of up to 1,000 operations of a bulk request. */
export const bulkOperationSchema = z.discriminatedUnion('type', [
  createNodeRequestSchema.extend({ type: z.literal('create') }),
  z.strictObject({
    type: z.literal('move'),
    id: nodeIdSchema,
    parentId: nodeIdSchema.optional(),
    name: z.string().optional(),
    seen: seenNodeSchema.optional(),
    ifTaken: ifTakenSchema.optional(),
    ifSeq: ifSeqSchema.optional(),
    mode: changedModeSchema.optional(),
  }),
  copyNodeRequestSchema.omit({ id: true }).extend({
    type: z.literal('copy'),
    id: nodeIdSchema,
    copyId: nodeIdSchema.optional(),
  }),
  z.strictObject({
    type: z.literal('trash'),
    id: nodeIdSchema,
    ifSeq: ifSeqSchema.optional(),
    /** Of a folder: the latest `seq` of what the caller knows below it. */
    ifSeqBelow: ifSeqSchema.optional(),
  }),
  z.strictObject({ type: z.literal('restore'), id: nodeIdSchema, ifSeq: ifSeqSchema.optional() }),
])
export type BulkOperation = z.infer<typeof bulkOperationSchema>

export const maxBulkOperations = 1000

/** `POST /nodes/bulk`: the operations in order; each succeeds or fails by itself. */
export const bulkRequestSchema = z.strictObject({
  operations: z.array(bulkOperationSchema).min(1).max(maxBulkOperations),
})

export const bulkResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), node: nodeSchema }),
  z.object({ ok: z.literal(false), problem: problemSchema }),
])

/** One result per operation, in their order. What was trashed carries `batchId` and comes back by it. */
export const bulkResponseSchema = z.object({
  batchId: z.string(),
  results: z.array(bulkResultSchema),
})
export type BulkResponse = z.infer<typeof bulkResponseSchema>
