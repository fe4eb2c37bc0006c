import express, {
  type ErrorRequestHandler,
  type Request,
  type Response,
  type Router,
} from 'express'
import type { Logger } from 'pino'
import type { z } from 'zod'
import { ProblemError } from '../problem-error.ts'
import type { Authenticate, Caller } from './caller.ts'
import type { Endpoint, EndpointResult } from './endpoint.ts'
import { sendProblem } from './send-problem.ts'
import type { RequestLimiter } from './request-limiter.ts'

export interface RouterOptions {
  readonly authenticate: Authenticate
  readonly limiter: RequestLimiter
  readonly log: Logger
  /** Of a JSON body, in bytes. */
  readonly maxBodyBytes: number
}

/** Turns endpoints into one Express router: caller, limits, parsing, handling, answering. */
export function routeEndpoints(endpoints: readonly Endpoint[], options: RouterOptions): Router {
  const router = express.Router()
  const parseJson = express.json({
    limit: options.maxBodyBytes,
    strict: false,
    type: 'application/json',
  })
  for (const endpoint of endpoints) {
    const parse = endpoint.body ? [parseJson] : []
    router[endpoint.method](
      endpoint.path,
      ...parse,
      async (request: Request, response: Response) => {
        response.locals['route'] = endpoint.path
        await answer(endpoint, request, response, options)
      },
    )
  }
  return router
}

async function answer(
  endpoint: Endpoint,
  request: Request,
  response: Response,
  options: RouterOptions,
) {
  const caller = await findCaller(endpoint, request, options.authenticate)
  if (endpoint.access === 'admin' && !caller?.isAdmin) throw new ProblemError('forbidden')
  const address = request.ip ?? 'unknown'
  await options.limiter.take(endpoint, caller?.userId ?? address)
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const result = await endpoint.handle({
    caller: caller as Caller,
    params: parse(endpoint.params, request.params, 'path') as undefined,
    query: parse(endpoint.query, request.query, 'query') as undefined,
    body: parse(endpoint.body, request.body, 'body') as undefined,
    address,
    raw: request,
    signal: gone.signal,
  })
  await send(result, response)
}

async function findCaller(endpoint: Endpoint, request: Request, authenticate: Authenticate) {
  const header = request.headers.authorization
  const token = header === undefined ? undefined : /^Bearer ([\x21-\x7e]+)$/i.exec(header)?.[1]
  if (token !== undefined) return authenticate(token)
  if (endpoint.access === 'public') return undefined
  throw new ProblemError('not_signed_in', { headers: { 'www-authenticate': 'Bearer' } })
}

function parse(schema: z.ZodType | undefined, value: unknown, place: string): unknown {
  if (!schema) return undefined
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new ProblemError('bad_request', {
    extensions: {
      errors: result.error.issues.map((issue) => ({
        path: [place, ...issue.path.map(String)].join('.'),
        message: issue.message,
      })),
    },
  })
}

async function send(result: EndpointResult, response: Response): Promise<void> {
  switch (result.kind) {
    case 'json':
      response.status(result.status).set({ 'cache-control': 'no-store', ...result.headers })
      response.json(result.body)
      return
    case 'empty':
      response
        .status(204)
        .set({ 'cache-control': 'no-store', ...result.headers })
        .end()
      return
    case 'stream':
      await result.write(response)
  }
}

/** The one place that turns a failure into an answer. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    sendProblem(error, request, response, log)
  }
}
