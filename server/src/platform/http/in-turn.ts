import type { RequestHandler } from 'express'

/** Handlers as one layer: Express takes as long for each of its layers as most of them do for their work. */
export function inTurn(...handlers: readonly RequestHandler[]): RequestHandler {
  return handlers.reduceRight(
    (rest, handler) => (request, response, next) =>
      handler(request, response, (error?: unknown) => {
        if (error === undefined) void rest(request, response, next)
        else next(error)
      }),
  )
}
