import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express'
import type { Logger } from 'pino'
import { ProblemError } from '../problem-error.ts'
import type { Caller } from './caller.ts'
import { EndpointCall } from './endpoint-call.ts'
import type { Endpoint } from './endpoint.ts'
import { findCaller, type CallerOptions } from './find-caller.ts'
import { sendResult, setHeaders } from './send-result.ts'
import { requireScope, scopeOf } from './scopes.ts'
import { findNeededId, requireNeeds, type Authorize } from './need.ts'
import { sendProblem } from './send-problem.ts'
import type { LoadShedder } from './limits/load-shedder.ts'
import { networkOf } from './limits/network-of.ts'

export interface RouterOptions extends CallerOptions {
  readonly authorize: Authorize
  /** Without one nothing is shed. */
  readonly shedder?: LoadShedder
  readonly log: Logger
  /** Of a JSON body, in bytes. */
  readonly maxBodyBytes: number
  /** How long one may take to arrive; whoever is slower holds a connection for its own sake. Default 30,000. */
  readonly maxBodyMs?: number
}

/**
 * Turns endpoints into one handler of what lies below `root`: caller, limits, parsing, permission, handling, answering.
 * Throws for an endpoint that does not say what it needs.
 */
export function routeEndpoints(
  root: '/api/v1',
  endpoints: readonly Endpoint[],
  options: RouterOptions,
): RequestHandler {
  requireNeeds(endpoints)
  const parseBody = {
    public: jsonParser(maxPublicBodyBytes, options.maxBodyMs),
    user: jsonParser(options.maxBodyBytes, options.maxBodyMs),
    auditor: jsonParser(options.maxBodyBytes, options.maxBodyMs),
    admin: jsonParser(options.maxBodyBytes, options.maxBodyMs),
  }
  const byFirst = Map.groupBy(endpoints, ({ path }) => firstOf(path))
  const routers = new Map<string, Router>()
  for (const [first, group] of byFirst) {
    const ofFirst = express.Router()
    for (const endpoint of group) {
      const { access, method, path } = endpoint
      const { maxBodyBytes } = endpoint
      const parse =
        maxBodyBytes === undefined ? parseBody[access] : jsonParser(maxBodyBytes, options.maxBodyMs)
      const handler = handlerOf(endpoint, { ...options, parseBody: parse })
      ofFirst[method](`${root}${path}`, handler)
    }
    routers.set(first, ofFirst)
  }
  // Express tries one pattern after the other; most can be told from the first word.
  return (request, response, next) => {
    const { path } = request
    const first = path.startsWith(root) ? firstOf(path.slice(root.length)) : ''
    const found = routers.get(first.toLowerCase())
    if (found) found(request, response, next)
    else next()
  }
}

function firstOf(path: string): string {
  const end = path.indexOf('/', 1)
  return end < 0 ? path : path.slice(0, end)
}

/** Of a JSON body of somebody whom nobody knows yet; a larger one would hold everybody else up. */
const maxPublicBodyBytes = 64 * 1024

/** What a body may take in memory: what it says, unless that tells nothing. */
function mostBytesOf({ headers }: Request, maxBytes: number): number {
  if (headers['content-encoding'] !== undefined) return maxBytes
  return Math.min(Number(headers['content-length'] ?? maxBytes), maxBytes)
}

type ParseBody = (request: Request, response: Response) => Promise<void>

function jsonParser(limit: number, maxBodyMs = 30_000): ParseBody {
  const parser = express.json({ limit, strict: false, type: 'application/json' })
  return (request, response) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new ProblemError('request_timeout')), maxBodyMs)
      parser(request, response, (error?: unknown) => {
        clearTimeout(timer)
        if (error === undefined) resolve()
        else reject(isUnpackingError(error) ? brokenBody(error) : (error as Error))
      })
    })
}

/** What the parser blames on the sender has a type, but for what zlib says of bytes that it cannot unpack. */
function isUnpackingError(error: unknown): boolean {
  const { type, status } = error as { readonly type?: unknown; readonly status?: unknown }
  return type === undefined && status === 400
}

function brokenBody(cause: unknown): ProblemError {
  return new ProblemError('bad_request', { detail: 'The body cannot be unpacked', cause })
}

/** What is the same for all requests to an endpoint is found once. */
function handlerOf(
  endpoint: Endpoint,
  options: RouterOptions & { readonly parseBody: ParseBody },
): RequestHandler {
  const { authorize, limiter, parseBody, shedder } = options
  const scope = scopeOf(endpoint)
  const ofAll = endpoint.access === 'public' ? maxPublicBodyBytes : options.maxBodyBytes
  const maxBytes = endpoint.maxBodyBytes ?? ofAll
  return async (request, response) => {
    response.locals['route'] = endpoint.path
    setHeaders(response, endpoint.headers)
    const admission = shedder?.admit(endpoint, response)
    const caller = await findCaller(endpoint, request, options)
    const left = caller
      ? await limiter.take(endpoint, caller.userId)
      : await limiter.takeFrom(endpoint, request.ip)
    setHeaders(response, left)
    const key = caller?.userId ?? networkOf(request.ip ?? 'unknown')
    admission?.belongsTo(key)
    if (!mayCall(endpoint, caller)) throw new ProblemError('forbidden')
    if (caller) requireScope(caller, scope)
    if (endpoint.body) {
      admission?.awaitBody(request, mostBytesOf(request, maxBytes))
      await parseBody(request, response)
      admission?.requireRoom()
    } else if (endpoint.takes) admission?.awaitBody(request)
    const call = new EndpointCall(endpoint, caller, request, response, admission)
    // Of the type that the endpoint was declared with.
    if (endpoint.operations)
      await limiter.takeOperations(key, endpoint.operations(call.body as never))
    const neededId = findNeededId(endpoint.needs, call)
    if (caller && endpoint.needs && neededId !== undefined)
      await authorize(caller, endpoint.needs, neededId)
    const result = await endpoint.handle(call)
    if (result.kind === 'stream') await result.write(response)
    else sendResult(result, response)
  }
}

function mayCall({ access }: Endpoint, caller: Caller | undefined): boolean {
  if (access === 'admin') return caller?.isAdmin === true
  if (access === 'auditor') return caller?.isAdmin === true || caller?.isAuditor === true
  return true
}

/** The one place that turns a failure into an answer. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    sendProblem(error, request, response, log)
  }
}
