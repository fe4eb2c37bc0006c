import { parse as parseToml } from 'smol-toml'
import { isScalar, parseAllDocuments, visit, type Document } from 'yaml'
import { hasRepeatedKey } from './json-keys.ts'

/** Files of which a program reads the whole or nothing, so that a merge must keep them readable. */
export type TextStructure = 'json' | 'yaml' | 'toml' | 'notebook'

const structures: ReadonlyMap<string, TextStructure> = new Map([
  ['json', 'json'],
  ['webmanifest', 'json'],
  ['geojson', 'json'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  ['toml', 'toml'],
  ['ipynb', 'notebook'],
])

/** By the ending of the name. */
export function structureOf(fileName: string): TextStructure | undefined {
  const dot = fileName.lastIndexOf('.')
  return dot < 0 ? undefined : structures.get(fileName.slice(dot + 1).toLowerCase())
}

/** Longer texts are not parsed: these take up to 0.3 s. */
const maxParsedLength: Readonly<Record<TextStructure, number>> = {
  json: 5_000_000,
  notebook: 5_000_000,
  toml: 2_000_000,
  yaml: 250_000,
}

export interface StructureCheck {
  readonly fileName: string
  readonly current: string
  readonly incoming: string
  readonly merged: string
}

/**
 * Whether a merge made an unreadable file of two readable ones: then a person must decide. A key that
 * stands twice in one object counts as unreadable, since readers would silently drop one of the two. A
 * file that was not readable before, or is too long to tell, cannot be broken.
 */
export function breaksStructure({ fileName, current, incoming, merged }: StructureCheck): boolean {
  const structure = structureOf(fileName)
  if (!structure || merged === current || merged === incoming) return false
  if (Math.max(current.length, incoming.length, merged.length) > maxParsedLength[structure])
    return false
  const isReadable = (text: string) => isReadableAs(structure, text)
  return !isReadable(merged) && isReadable(current) && isReadable(incoming)
}

function isReadableAs(structure: TextStructure, text: string): boolean {
  try {
    switch (structure) {
      case 'json':
        JSON.parse(text)
        return !hasRepeatedKey(text)
      case 'notebook':
        return isNotebook(JSON.parse(text)) && !hasRepeatedKey(text)
      case 'toml':
        parseToml(text)
        return true
      case 'yaml':
        return isReadableYaml(text)
    }
  } catch {
    // Includes the exhausted stack of a parser that recurses into deep nesting.
    return false
  }
}

function isReadableYaml(text: string): boolean {
  // The parser's own search for repeated keys takes quadratic time. Documents are not made into values, so
  // that aliases cannot multiply.
  const documents: Document[] = [
    ...parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false }),
  ]
  return documents.every((document) => document.errors.length === 0 && !repeatsKey(document))
}

function repeatsKey(document: Document): boolean {
  let isFound = false
  visit(document, {
    Map: (_, { items }) => {
      const keys = items
        .map(({ key }) => (isScalar(key) ? key.value : key))
        .filter((key) => key !== '<<')
      isFound ||= new Set(keys).size < keys.length
      return isFound ? visit.BREAK : undefined
    },
  })
  return isFound
}

function isNotebook(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('cells' in value)) return false
  return Array.isArray(value.cells) && value.cells.every((cell: unknown) => isCell(cell))
}

function isCell(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'cell_type' in value && 'source' in value
}
