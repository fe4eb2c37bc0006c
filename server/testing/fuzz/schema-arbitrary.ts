import fc, { type Arbitrary } from 'fast-check'
import type { JsonSchema } from '../../src/platform/http/openapi/schema-book.ts'

/** Values that have broken programs before. */
const hostile: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    '\0',
    'a\0b',
    '\uD800',
    '\u202Egnp.exe',
    '../../../../etc/passwd',
    "' OR 1=1 --",
    '{{7*7}}',
    '<script>alert(1)</script>',
    '%00%0d%0aset-cookie:a=b',
    'A'.repeat(70_000),
    '１２３',
    -1,
    0,
    0.5,
    1e308,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    true,
    [],
    {},
    [[[[[[[[[[]]]]]]]]]],
    { $gt: '' },
    { constructor: { prototype: { isAdmin: true } } },
    JSON.parse('{"__proto__":{"isAdmin":true}}'),
  ),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 3 }),
)

const maxDepth = 6

/** Values that a schema admits, and some that it does not, in any of their places. */
export class SchemaArbitraries {
  readonly #components: Readonly<Record<string, JsonSchema>>
  /** Of things that are there, so that a request comes further than to the first look-up. */
  readonly #ids: readonly string[]

  constructor(components: Readonly<Record<string, JsonSchema>>, ids: readonly string[]) {
    this.#components = components
    this.#ids = ids
  }

  of(schema: JsonSchema, depth = 0): Arbitrary<unknown> {
    if (depth > maxDepth) return hostile
    return fc.oneof(
      { weight: 12, arbitrary: this.#valid(schema, depth) },
      { weight: 1, arbitrary: hostile },
    )
  }

  #valid(schema: JsonSchema, depth: number): Arbitrary<unknown> {
    const { $ref, anyOf, oneOf, allOf, type } = schema
    if ($ref !== undefined)
      return this.of(this.#components[$ref.split('/').at(-1) ?? ''] ?? {}, depth)
    if ('const' in schema) return fc.constant(schema.const)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    const choices = anyOf ?? oneOf ?? allOf
    if (choices) return fc.oneof(...choices.map((choice) => this.of(asSchema(choice), depth + 1)))
    if (Array.isArray(type))
      return fc.oneof(...type.map((one) => this.#typed({ ...schema, type: one }, depth)))
    return this.#typed(schema, depth)
  }

  #typed(schema: JsonSchema, depth: number): Arbitrary<unknown> {
    switch (schema.type) {
      case 'object':
        return this.#object(schema, depth)
      case 'array':
        return fc.array(this.of(asSchema(schema.items), depth + 1), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.min(schema.maxItems ?? 5, 5),
        })
      case 'integer':
      case 'number':
        return integerOf(schema)
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      case 'string':
        return this.#string(schema)
      default:
        return hostile
    }
  }

  #object({ properties = {}, required = [] }: JsonSchema, depth: number): Arbitrary<unknown> {
    const members = Object.fromEntries(
      Object.entries(properties).map(([name, member]) => [
        name,
        this.of(asSchema(member), depth + 1),
      ]),
    )
    const known = fc.record(members, {
      requiredKeys: required.filter((name) => name in members),
    } as { requiredKeys: never[] })
    return fc.oneof(
      { weight: 12, arbitrary: known },
      {
        weight: 1,
        arbitrary: fc
          .tuple(known, fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }))
          .map(([own, more]) => ({ ...more, ...own })),
      },
    )
  }

  #string({ format, minLength = 0, maxLength }: JsonSchema): Arbitrary<string> {
    if (format === 'uuid')
      return fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...this.#ids) },
        { weight: 1, arbitrary: fc.uuid() },
      )
    if (format === 'email') return fc.emailAddress()
    if (format === 'date-time')
      return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
    const longest = Math.max(minLength, Math.min(maxLength ?? 40, 200))
    return fc.oneof(
      fc.string({ minLength, maxLength: longest }),
      fc.string({ unit: 'grapheme', minLength, maxLength: longest }),
      // Digits and cursors stand in strings too.
      fc.constantFrom(...this.#ids, '0', '1', 'text:', 'last_write_wins'),
    )
  }
}

function integerOf({ minimum = -5, maximum = minimum + 2_000 }: JsonSchema): Arbitrary<number> {
  const [min, max] = [Math.ceil(minimum), Math.floor(maximum)]
  return fc.integer({ min, max: Math.max(min, Math.min(max, 2 ** 31 - 1)) })
}

function asSchema(schema: unknown): JsonSchema {
  return Array.isArray(schema) ? asSchema(schema[0]) : ((schema ?? {}) as JsonSchema)
}
