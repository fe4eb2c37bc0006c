import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

type Json = Readonly<Record<string, unknown>>

interface DescribedOperation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, Json>> }>
  >
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

interface Route {
  readonly pattern: RegExp
  readonly template: string
  readonly methods: Readonly<Record<string, DescribedOperation>>
}

/**
 * Holds answers to the OpenAPI document of the server that gave them: status, media type, and JSON by its
 * schema. An object may hold no more than the document tells, so that nothing leaves by accident.
 */
export class ApiContract {
  readonly #routes: readonly Route[]
  readonly #ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }))
  readonly #validators = new Map<string, ValidateFunction>()

  private constructor(document: Document) {
    this.#routes = Object.entries(document.paths)
      .map(([template, methods]) => ({ template, methods, pattern: patternOf(template) }))
      // `/nodes/bulk` is not the node `bulk`.
      .toSorted((a, b) => Number(a.template.includes('{')) - Number(b.template.includes('{')))
    this.#ajv.addSchema({ $id: 'api', ...(close(document.components) as Json) })
  }

  static readonly #known = new Map<string, Promise<ApiContract>>()

  /** Of the server at `url`; all servers of a process have the same. */
  static of(url: string): Promise<ApiContract> {
    const known = this.#known.get('all') ?? this.#fetch(url)
    this.#known.set('all', known)
    return known
  }

  static async #fetch(url: string): Promise<ApiContract> {
    const answer = await fetch(`${url}/api/v1/openapi.json`)
    assert.equal(answer.status, 200, 'the OpenAPI document')
    return new ApiContract((await answer.json()) as Document)
  }

  /** Throws an `AssertionError` for what the document does not tell. `answer` can still be read. */
  async check(method: string, path: string, answer: Response): Promise<void> {
    const { pathname } = new URL(path, 'http://api')
    const found = this.#routes.find(({ pattern }) => pattern.test(pathname))
    const operation = found?.methods[method.toLowerCase()]
    // Other paths and methods are for nobody to rely on.
    if (!found || !operation) return
    const label = `${method} ${found.template} ${answer.status}`
    const described = operation.responses[answer.status]
    const type = answer.headers.get('content-type')?.split(';', 1)[0] ?? ''
    const told = described ? '' : await answer.clone().text()
    assert.ok(described, `${label} is not in the OpenAPI document: ${told}`)
    if (described.content?.['*/*'] || method === 'HEAD') return
    if (!/^application\/(problem\+)?json$/.test(type)) {
      assert.equal(described.content, undefined, `${label} has the type ${type}`)
      return
    }
    const schema = described.content?.[type]?.['schema']
    assert.ok(schema, `${label} has no ${type} in the OpenAPI document`)
    const validate = this.#validator(`${label} ${type}`, schema as Json)
    const body: unknown = await answer.clone().json()
    assert.ok(
      validate(body),
      `${label} is not as the OpenAPI document says: ${JSON.stringify(validate.errors)} in ${JSON.stringify(body).slice(0, 2000)}`,
    )
  }

  #validator(label: string, schema: Json): ValidateFunction {
    let validator = this.#validators.get(label)
    if (!validator) {
      validator = this.#ajv.compile(close(schema) as Json)
      this.#validators.set(label, validator)
    }
    return validator
  }
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`)
}

/** The same schema, whose objects hold what it names and nothing else; references lead to `api`. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close)
  if (typeof schema !== 'object' || schema === null) return schema
  const closed = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closeMember(key, value)]),
  )
  const { type, properties, additionalProperties } = closed
  const isOpen = additionalProperties !== undefined || type !== 'object'
  return properties === undefined || isOpen ? closed : { ...closed, additionalProperties: false }
}

function closeMember(key: string, value: unknown): unknown {
  if (key === '$ref' && typeof value === 'string') return value.replace('#/components', 'api#')
  // Each of these tells of a part only.
  return key === 'allOf' ? pointToApi(value) : close(value)
}

function pointToApi(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#')) as unknown
}
