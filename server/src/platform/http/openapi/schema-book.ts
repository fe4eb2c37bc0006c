import { z } from 'zod'

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = z.core.JSONSchema.JSONSchema

type Direction = 'input' | 'output'

const definitions = '#/$defs/'
const components = '#/components/schemas/'

/** Turns zod's schemas into JSON Schema, and keeps those that have a name for `components`. */
export class SchemaBook {
  readonly #names = z.registry<{ id: string }>()
  readonly #components = new Map<string, { direction: Direction; schema: JsonSchema }>()

  constructor(named: Readonly<Record<string, z.ZodType>>) {
    for (const [id, schema] of Object.entries(named)) this.#names.add(schema, { id })
  }

  /** Of what a client sends. */
  input(schema: z.ZodType): JsonSchema {
    return this.#convert(schema, 'input')
  }

  /**
   * Of what the server sends. It may hold more than is told here: a client that refuses that could not be
   * older than its server.
   */
  output(schema: z.ZodType): JsonSchema {
    return this.#convert(schema, 'output')
  }

  /** All named schemas that were used so far, by name. */
  get components(): Readonly<Record<string, JsonSchema>> {
    const sorted = [...this.#components].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(sorted.map(([name, { schema }]) => [name, schema]))
  }

  #convert(schema: z.ZodType, direction: Direction): JsonSchema {
    const converted = z.toJSONSchema(schema, {
      metadata: this.#names,
      io: direction,
      unrepresentable: 'any',
      override: ({ jsonSchema, path }) => tidy(jsonSchema, direction, path),
    })
    const { $schema: _, $defs = {}, ...own } = pointToComponents(converted)
    for (const [name, definition] of Object.entries($defs))
      this.#keep(name, definition as JsonSchema, direction)
    return own
  }

  #keep(name: string, schema: JsonSchema, direction: Direction): void {
    const known = this.#components.get(name)
    if (known && known.direction !== direction && !isSame(known.schema, schema))
      throw new Error(`${name} is not the same when it is sent and when it is answered`)
    this.#components.set(name, { direction, schema })
  }
}

function tidy(schema: JsonSchema, direction: Direction, path: readonly unknown[]): void {
  if (path.length > 0) delete schema.id
  if (direction === 'output' && schema.additionalProperties === false)
    delete schema.additionalProperties
  // All that JavaScript can count.
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}

function pointToComponents(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace(definitions, components) : value,
  )
  return JSON.parse(text) as JsonSchema
}

function isSame(one: JsonSchema, other: JsonSchema): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
