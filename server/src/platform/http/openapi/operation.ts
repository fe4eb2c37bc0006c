import { errorCodes, problemMediaType, type ErrorCode } from '@cloudsync/protocol'
import type { z } from 'zod'
import type { BodyFacts, Endpoint } from '../endpoint.ts'
import { scopeOf } from '../scopes.ts'
import { heededHeaders } from './heeded-headers.ts'
import { problemsOf } from './implied-problems.ts'
import type { JsonSchema, SchemaBook } from './schema-book.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

export interface Answer {
  readonly description: string
  readonly content?: Content
}

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, Answer>>
}

const bytes: JsonSchema = {}

/** `/nodes/:id` as OpenAPI writes it. */
export function templateOf({ path }: Pick<Endpoint, 'path'>): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

/** What the OpenAPI document says of one endpoint. */
export function describeOperation(endpoint: Endpoint, book: SchemaBook): Operation {
  const { access, path, summary } = endpoint
  const parameters = describeParameters(endpoint, book)
  const requestBody = describeBody(endpoint, book)
  return {
    operationId: operationId(endpoint),
    tags: [path.split('/')[1] ?? ''],
    summary,
    security: access === 'public' ? [{}, ...describeCallers(endpoint)] : describeCallers(endpoint),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody ? { requestBody } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(endpoint.answers).map(([status, facts]) => [
          status,
          describeAnswer(facts, Number(status), book),
        ]),
      ),
      ...describeProblems(problemsOf(endpoint)),
    },
  }
}

/** Who may call it, and what a token needs for that: OpenAPI 3.1 lets schemes of any type name roles. */
function describeCallers(endpoint: Endpoint): Operation['security'] {
  const needed = scopeOf(endpoint)
  return [{ accessToken: needed === undefined ? [] : [needed] }, { sessionCookie: [] }]
}

/** `getNodesIdChildren`: stable as long as method and path are. */
function operationId({ method, path }: Endpoint): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return method + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

function describeParameters(endpoint: Endpoint, book: SchemaBook): Parameter[] {
  const { heeds = [], path, params, query } = endpoint
  const parsed = new Map(fieldsOf(params, book).map(({ name, schema }) => [name, schema]))
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
      name,
      in: 'path' as const,
      required: true,
      schema: parsed.get(name) ?? ({ type: 'string' } as const),
    })),
    ...fieldsOf(query, book).map((field) => ({ ...field, in: 'query' as const })),
    ...heeds.map((name) => ({
      name,
      in: 'header' as const,
      required: name === 'tus-resumable',
      description: heededHeaders[name],
      schema: { type: 'string' } as const,
    })),
  ]
}

/** What a query is parsed into tells its form better than what is parsed, which is text. */
function fieldsOf(schema: z.ZodType | undefined, book: SchemaBook) {
  if (!schema) return []
  const { properties = {}, required = [] } = book.output(schema)
  return Object.entries(properties).flatMap(([name, property]) => {
    if (typeof property === 'boolean') return []
    const isRequired = required.includes(name) && property.default === undefined
    return [{ name, required: isRequired, schema: property }]
  })
}

function describeBody({ body, takes }: Endpoint, book: SchemaBook): Operation['requestBody'] {
  if (body) {
    const required = !body.safeParse(undefined).success
    return { required, content: { 'application/json': { schema: book.input(body) } } }
  }
  if (!takes) return undefined
  const content = Object.entries(takes).map(([type, schema]) => [
    type,
    { schema: schema === 'bytes' ? bytes : book.input(schema) },
  ])
  return { required: false, content: Object.fromEntries(content) as Content }
}

const descriptions: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Made',
  204: 'Done',
  206: 'A range of the bytes',
  226: 'A delta on what the caller has',
  304: 'What the caller has is the present content',
}

function describeAnswer(facts: BodyFacts, status: number, book: SchemaBook): Answer {
  const description = descriptions[status] ?? 'Done'
  if (facts === 'empty') return { description }
  if (facts === 'bytes') return { description, content: { '*/*': { schema: bytes } } }
  return { description, content: { 'application/json': { schema: book.output(facts) } } }
}

function describeProblems(codes: readonly ErrorCode[]): Record<string, Answer> {
  const byStatus = Map.groupBy(codes, (code) => errorCodes[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `\`${code}\`: ${errorCodes[code].title}`).join('\n\n'),
        content: { [problemMediaType]: { schema: problemSchemaOf(ofStatus) } },
      },
    ]),
  )
}

function problemSchemaOf(codes: readonly ErrorCode[]): JsonSchema {
  return {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } },
    ],
  }
}
