import fc, { type Arbitrary } from 'fast-check'
import type { OpenApiDocument } from '../../src/platform/http/openapi/openapi-document.ts'
import type { Operation, Parameter } from '../../src/platform/http/openapi/operation.ts'
import type { SchemaArbitraries } from './schema-arbitrary.ts'

export interface FuzzRequest {
  readonly method: string
  /** Below `/api/v1`, with the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | undefined
  /** Which of the tokens is sent. */
  readonly token: 'good' | 'none' | 'bad'
}

/** Requests to all operations of a document, most of them of the form that it tells. */
export function requestsOf(
  document: OpenApiDocument,
  schemas: SchemaArbitraries,
): Arbitrary<FuzzRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      requestOf({ method: method.toUpperCase(), path, operation }, schemas),
    ),
  )
  return fc.oneof(...operations)
}

interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function requestOf({ method, path, operation }: Placed, schemas: SchemaArbitraries) {
  const { parameters = [] } = operation
  const of = (place: Parameter['in']) => parameters.filter((one) => one.in === place)
  const record = (place: Parameter['in']) =>
    fc.record(Object.fromEntries(of(place).map((one) => [one.name, schemas.of(one.schema)])), {
      requiredKeys: of(place)
        .filter((one) => one.required)
        .map(({ name }) => name),
    } as { requiredKeys: never[] }) as Arbitrary<Record<string, unknown>>
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method)
  return fc
    .record({
      params: record('path'),
      query: record('query'),
      headers: record('header'),
      content: hasBody ? contentOf(operation, schemas) : fc.constant(undefined),
      token: fc.oneof(
        // A session that ends would leave nothing for the others to do.
        { weight: path === '/auth/sign-out' ? 0 : 20, arbitrary: fc.constant('good' as const) },
        { weight: 1, arbitrary: fc.constantFrom('none' as const, 'bad' as const) },
      ),
    })
    .map(({ params, query, headers, content, token }): FuzzRequest => ({
      method,
      path: fill(path, params) + asQuery(query),
      headers: { ...asHeaders(headers), ...(content ? { 'content-type': content.type } : {}) },
      body: content?.body,
      token,
    }))
}

function contentOf(
  { requestBody }: Operation,
  schemas: SchemaArbitraries,
): Arbitrary<
  { readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> } | undefined
> {
  const json = (arbitrary: Arbitrary<unknown>, type: string) =>
    arbitrary.map((value) => ({ type, body: JSON.stringify(value) ?? '' }))
  const bytes = (type: string) =>
    fc.uint8Array({ maxLength: 300 }).map((body) => ({ type, body: Uint8Array.from(body) }))
  const told = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) =>
    type === 'application/json'
      ? json(schemas.of(schema), type)
      : bytes(type.replace('*/*', 'text/plain')),
  )
  const others = [
    json(fc.jsonValue(), 'application/json'),
    bytes('application/json'),
    bytes('multipart/form-data; boundary=x'),
    bytes('application/x-www-form-urlencoded'),
    fc.constant(undefined),
  ]
  if (told.length === 0) return fc.oneof(...others)
  return fc.oneof(
    { weight: 8, arbitrary: fc.oneof(...told) },
    { weight: 1, arbitrary: fc.oneof(...others) },
  )
}

function fill(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(params[name]) || '-')
}

function asQuery(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encode(value)}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** Of a lone surrogate there is no URL. */
function encode(value: unknown): string {
  return encodeURIComponent(asText(value).toWellFormed().slice(0, 4_000))
}

/** What no client could send in a header is left out. */
function asHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      asText(value)
        .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')
        .trim()
        .slice(0, 4_000),
    ]),
  )
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
