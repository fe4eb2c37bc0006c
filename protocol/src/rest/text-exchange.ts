import { z } from 'zod'
import { nodeIdSchema } from '../ids.ts'
import { problemSchema } from '../problem.ts'

export const maxExchangedTexts = 100
/** Of the whole request, in bytes. */
export const maxExchangeBytes = 8 * 1024 * 1024

/** What is none refuses its item, and not the request. */
const base64Schema = z.string().meta({ format: 'byte' })

/**
 * `stateVector`: of what the caller has, its update included. `update`: Yjs V1, what the server may lack; may be empty.
 * `etag`: as the caller was last answered for this copy of the text. When the text has begun anew since, which its
 * epoch tells, the answer is `sealed`, and the copy belongs to no text any more. Leave it out for a copy that holds nothing.
 * `keepsVersion`: the text is kept as a version before the update is taken, which writes all of it anew.
 */
export const exchangedTextSchema = z.strictObject({
  nodeId: nodeIdSchema,
  etag: z.string().max(64).optional(),
  stateVector: base64Schema,
  update: base64Schema,
  keepsVersion: z.boolean().optional(),
})
export type ExchangedTextItem = z.infer<typeof exchangedTextSchema>

/** `POST /texts/exchange`. Each text is answered by itself. */
export const exchangeTextsRequestSchema = z.strictObject({
  items: z.array(exchangedTextSchema).min(1).max(maxExchangedTexts),
})
export type ExchangeTextsRequest = z.infer<typeof exchangeTextsRequestSchema>

/**
 * `ok`: what came is durable, and `update` (Yjs V1, base64) is what the caller lacks by its state vector; `etag` names
 * the text with all of it. Otherwise nothing of the item was taken.
 */
export const exchangeResultSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    nodeId: nodeIdSchema,
    update: base64Schema,
    etag: z.string(),
  }),
  z.object({ ok: z.literal(false), nodeId: nodeIdSchema, problem: problemSchema }),
])
export type ExchangeResult = z.infer<typeof exchangeResultSchema>

/** One result per item, in their order. */
export const exchangeTextsResponseSchema = z.object({ results: z.array(exchangeResultSchema) })
export type ExchangeTextsResponse = z.infer<typeof exchangeTextsResponseSchema>
