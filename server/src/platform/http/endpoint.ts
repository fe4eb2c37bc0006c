import type { ErrorCode } from '@cloudsync/protocol'
import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { TokenScope } from '@cloudsync/protocol'
import type { Caller } from './caller.ts'
import type { Need } from './need.ts'
import type { HeededHeader } from './openapi/heeded-headers.ts'

type Shape = z.ZodType | undefined
type Parsed<S extends Shape> = S extends z.ZodType ? z.output<S> : undefined

/** Who may call an endpoint at all; `auditor`: administrators and auditors. */
export type EndpointAccess = 'public' | 'user' | 'auditor' | 'admin'

/** `transfer`: it carries the bytes of files, and is counted with the others that do, apart from the rest. */
export type EndpointLimit = 'transfer' | RequestLimit

interface RequestLimit {
  /** Requests per window for one caller (or address, when nobody is signed in). */
  readonly requests: number
  readonly windowSeconds: number
}

/** A body: JSON by its schema, bytes of any type, or none. */
export type BodyFacts = z.ZodType | 'bytes' | 'empty'

/** What the OpenAPI document tells of an endpoint beside what its schemas say; tests hold the answers to it. */
export interface EndpointFacts {
  /** A line without a full stop. */
  readonly summary: string
  /** What it answers when it does what it was asked, by status. */
  readonly answers: Readonly<Record<number, BodyFacts>>
  /** Its own problems; those that go without saying are in `openapi/implied-problems.ts`. */
  readonly problems?: readonly ErrorCode[]
  /** Headers of the request that change what it does. */
  readonly heeds?: readonly HeededHeader[]
  /** What it reads from the request itself, by media type, where it has no `body`. */
  readonly takes?: Readonly<Record<string, z.ZodType | 'bytes'>>
}

export interface EndpointSpec<
  A extends EndpointAccess,
  P extends Shape,
  Q extends Shape,
  B extends Shape,
> extends EndpointFacts {
  /** A `get` answers HEAD too, unless there is a `head` before it. */
  readonly method: 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options'
  /** Below `/api/v1`, in Express' syntax: `/nodes/:id`. */
  readonly path: `/${string}`
  readonly access: A
  /** Of `user`: what the caller must be permitted, which is asked before `handle`. */
  readonly needs?: Need
  readonly params?: P
  readonly query?: Q
  /** A JSON body. Endpoints that read bytes themselves leave it out and read `request.raw`. */
  readonly body?: B
  /** Default: all endpoints without a limit of their own together have that of the setting. */
  readonly limit?: EndpointLimit
  /** How many operations a body asks for, of an endpoint that takes several: they are counted too, apart from requests. */
  readonly operations?: (body: Parsed<B>) => number
  /** What its JSON body may be at most. Default: that of all. */
  readonly maxBodyBytes?: number
  /** Even an overloaded server does it: it ends something, or finishes what was acknowledged. */
  readonly isNeverShed?: boolean
  /** It is there for who has to set up a second factor first, too; whom nothing else is. */
  readonly isBeforeSecondFactor?: boolean
  /** What a token must be allowed; unset: what `scopeOf` says. */
  readonly scope?: TokenScope | 'session'
  /** Of every answer, refusals too. */
  readonly headers?: HeaderMap
  readonly handle: (request: EndpointRequest<A, P, Q, B>) => Promise<EndpointResult>
}

export interface EndpointRequest<
  A extends EndpointAccess,
  P extends Shape,
  Q extends Shape,
  B extends Shape,
> {
  readonly caller: A extends 'public' ? Caller | undefined : Caller
  readonly params: Parsed<P>
  readonly query: Parsed<Q>
  readonly body: Parsed<B>
  /** The client's address, as far as the trusted proxies tell it. */
  readonly address: string
  readonly raw: Request
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal
  /** Waits for something that nothing is done for meanwhile: so long the request is not counted as under way. */
  readonly atRest: <T>(wait: () => Promise<T>) => Promise<T>
}

/**
 * What an endpoint answers: JSON with a status, nothing (204 unless it says another), or `streamed`, when the handler has
 * written to the response itself through `stream`.
 */
export type EndpointResult =
  | {
      readonly kind: 'json'
      readonly status: number
      readonly body: unknown
      readonly headers?: HeaderMap
    }
  | { readonly kind: 'empty'; readonly status?: number; readonly headers?: HeaderMap }
  | { readonly kind: 'stream'; readonly write: (response: Response) => Promise<void> }

export type HeaderMap = Readonly<Record<string, string>>

export function json(
  body: unknown,
  options: { status?: number; headers?: HeaderMap } = {},
): EndpointResult {
  return {
    kind: 'json',
    status: options.status ?? 200,
    body,
    ...(options.headers ? { headers: options.headers } : {}),
  }
}

export function created(body: unknown, location: string): EndpointResult {
  return { kind: 'json', status: 201, body, headers: { location } }
}

export function empty(headers?: HeaderMap): EndpointResult {
  return headers ? { kind: 'empty', headers } : { kind: 'empty' }
}

/** An endpoint whose schemas the router need not know. */
export interface Endpoint extends EndpointFacts {
  readonly method: EndpointSpec<EndpointAccess, Shape, Shape, Shape>['method']
  readonly path: `/${string}`
  readonly access: EndpointAccess
  readonly needs: Need | undefined
  readonly params: z.ZodType | undefined
  readonly query: z.ZodType | undefined
  readonly body: z.ZodType | undefined
  readonly limit: EndpointLimit | undefined
  readonly operations?: (body: never) => number
  readonly maxBodyBytes?: number
  readonly isNeverShed?: boolean
  readonly isBeforeSecondFactor?: boolean
  readonly scope: TokenScope | 'session' | undefined
  readonly headers: HeaderMap | undefined
  readonly handle: (
    request: EndpointRequest<EndpointAccess, Shape, Shape, Shape>,
  ) => Promise<EndpointResult>
}

/** Declares one endpoint: who may call it, what it takes, how often, and what it does. */
export function endpoint<
  A extends EndpointAccess,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends Shape = undefined,
>(spec: EndpointSpec<A, P, Q, B>): Endpoint {
  return {
    ...spec,
    needs: spec.needs,
    params: spec.params,
    query: spec.query,
    body: spec.body,
    limit: spec.limit,
    scope: spec.scope,
    headers: spec.headers,
    // The router has parsed each part with the schema given here, and asked for a caller where one is due.
    handle: spec.handle as Endpoint['handle'],
  }
}
