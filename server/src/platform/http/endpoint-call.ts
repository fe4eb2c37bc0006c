import type { Request, Response } from 'express'
import type { z } from 'zod'
import { ProblemError } from '../problem-error.ts'
import type { Caller } from './caller.ts'
import type { Endpoint, EndpointAccess, EndpointRequest } from './endpoint.ts'
import type { Admission } from './limits/admission.ts'

/** One request to an endpoint. What few handlers ask for is only worked out for them. */
export class EndpointCall implements EndpointRequest<
  EndpointAccess,
  undefined,
  undefined,
  undefined
> {
  readonly caller: Caller
  readonly params: undefined
  readonly query: undefined
  readonly body: undefined
  readonly raw: Request
  readonly #response: Response
  readonly #admission: Admission | undefined
  #gone: AbortController | undefined

  /** Throws `bad_request` for what the endpoint's schemas do not admit. */
  constructor(
    endpoint: Endpoint,
    caller: Caller | undefined,
    request: Request,
    response: Response,
    admission?: Admission,
  ) {
    // The router has asked for one where one is due.
    this.caller = caller as Caller
    this.params = endpoint.params && parse(endpoint.params, request.params, 'path')
    this.query = endpoint.query && parse(endpoint.query, request.query, 'query')
    this.body = endpoint.body && parse(endpoint.body, request.body, 'body')
    this.raw = request
    this.#response = response
    this.#admission = admission
  }

  async atRest<T>(wait: () => Promise<T>): Promise<T> {
    this.#admission?.rest()
    try {
      return await wait()
    } finally {
      this.#admission?.goOn()
    }
  }

  get address(): string {
    return this.raw.ip ?? 'unknown'
  }

  get signal(): AbortSignal {
    this.#gone ??= abortedWith(this.#response)
    return this.#gone.signal
  }
}

function abortedWith(response: Response): AbortController {
  const gone = new AbortController()
  if (response.destroyed) gone.abort()
  response.on('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return gone
}

/** What it gives is told to the handler by the type that the endpoint was declared with. */
function parse(schema: z.ZodType, value: unknown, place: string): undefined {
  const result = schema.safeParse(value)
  if (result.success) return result.data as undefined
  throw new ProblemError('bad_request', {
    extensions: {
      errors: result.error.issues.map((issue) => ({
        path: [place, ...issue.path.map(String)].join('.'),
        message: issue.message,
      })),
    },
  })
}
