import { z } from 'zod'

/**
 * What a command and the process of a link say to each other, over a Unix socket (a named pipe on Windows) that only its
 * owner may open: a JSON object in each line.
 *
 *   command                         process
 *   {"method": "status"}       ──▶
 *                              ◀──  {"kind": "heard"}               at once
 *                              ◀──  {"kind": "result", "result": …}
 *   {"method": "watch"}        ──▶
 *                              ◀──  {"kind": "event", "event": …}   as often as something changes
 *
 * One request for each connection; an answer may take long, but that it was heard does not. Whoever closes it ends what was asked.
 */
export const controlRequestSchema = z.object({
  method: z.string().max(100),
  params: z.unknown().optional(),
})
export type ControlRequest = z.infer<typeof controlRequestSchema>

export const controlAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('heard') }),
  z.object({ kind: z.literal('result'), result: z.unknown() }),
  z.object({ kind: z.literal('event'), event: z.unknown() }),
  z.object({ kind: z.literal('failure'), message: z.string() }),
])
export type ControlAnswer = z.infer<typeof controlAnswerSchema>

export const maxRequestBytes = 64 * 1024
