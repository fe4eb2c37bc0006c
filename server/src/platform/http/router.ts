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
import { needOf, requireScope } from './scopes.ts'
import { sendProblem } from './send-problem.ts'
import { networkOf } from './limits/network-of.ts'
import type { LoadShedder } from './limits/load-shedder.ts'
import type { RequestLimiter } from './limits/request-limiter.ts'

export interface RouterOptions {
  readonly authenticate: Authenticate
  readonly limiter: RequestLimiter
  /** Without one nothing is shed. */
  readonly shedder?: LoadShedder
  readonly log: Logger
  /** Of a JSON body, in bytes. */
  readonly maxBodyBytes: number
  /** How long one may take to arrive; whoever is slower holds a connection for its own sake. Default 30,000. */
  readonly maxBodyMs?: number
}

/** Turns endpoints into one Express router: caller, limits, parsing, handling, answering. */
export function routeEndpoints(endpoints: readonly Endpoint[], options: RouterOptions): Router {
  const router = express.Router()
  const parseBody = {
    public: jsonParser(maxPublicBodyBytes, options.maxBodyMs),
    user: jsonParser(options.maxBodyBytes, options.maxBodyMs),
    admin: jsonParser(options.maxBodyBytes, options.maxBodyMs),
  }
  for (const endpoint of endpoints) {
    router[endpoint.method](endpoint.path, async (request: Request, response: Response) => {
      response.locals['route'] = endpoint.path
      response.set(endpoint.headers ?? {})
      await answer(endpoint, request, response, {
        ...options,
        parseBody: parseBody[endpoint.access],
      })
    })
  }
  return router
}

/** Of a JSON body of somebody whom nobody knows yet; a larger one would hold everybody else up. */
const maxPublicBodyBytes = 64 * 1024

type ParseBody = (request: Request, response: Response) => Promise<void>

function jsonParser(limit: number, maxBodyMs = 30_000): ParseBody {
  const parser = express.json({ limit, strict: false, type: 'application/json' })
  return (request, response) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new ProblemError('request_timeout')), maxBodyMs)
      parser(request, response, (error?: unknown) => {
        clearTimeout(timer)
        if (error === undefined) resolve()
        else reject(error as Error)
      })
    })
}

async function answer(
  endpoint: Endpoint,
  request: Request,
  response: Response,
  options: RouterOptions & { readonly parseBody: ParseBody },
) {
  options.shedder?.admit(endpoint, response)
  const address = request.ip ?? 'unknown'
  const caller = await findCaller(endpoint, request, options)
  response.set(await options.limiter.take(endpoint, caller?.userId ?? networkOf(address)))
  if (endpoint.access === 'admin' && !caller?.isAdmin) throw new ProblemError('forbidden')
  if (caller) requireScope(caller, needOf(endpoint))
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  if (endpoint.body) await options.parseBody(request, response)
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

async function findCaller(
  endpoint: Endpoint,
  request: Request,
  { authenticate, limiter }: Pick<RouterOptions, 'authenticate' | 'limiter'>,
) {
  const header = request.headers.authorization
  const token = header === undefined ? undefined : /^Bearer ([\x21-\x7e]+)$/i.exec(header)?.[1]
  if (token === undefined && endpoint.access === 'public') return undefined
  try {
    if (token !== undefined) return await authenticate(token)
  } catch (error) {
    // To look at a token costs more than to refuse one.
    await limiter.take(endpoint, networkOf(request.ip ?? 'unknown'))
    throw error
  }
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
  // What is left of a body that nobody reads is not waited for.
  if (result.kind !== 'stream' && !response.req.complete) response.set('connection', 'close')
  switch (result.kind) {
    case 'json':
      response.status(result.status).set({ 'cache-control': 'no-store', ...result.headers })
      response.json(result.body)
      return
    case 'empty':
      response
        .status(result.status ?? 204)
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
