import { anyTypes, type ByteReader } from './byte-reader.ts'
import { ScanRefusal } from './refusal.ts'
import type { ScanLimits } from './scan-limits.ts'
import type { ContentKind } from './update-scan.ts'

/** Type refs of `structs/ContentType.js`; these two are followed by a name. */
const namedTypes: ReadonlySet<number> = new Set([3, 5])
const highestTypeRef = 6

/**
 * Reads the content of an item (`structs/Content*.js` of yjs 13.6) and gives how many ids it takes: of a string, its
 * UTF-16 units. Throws `ScanRefusal`.
 */
export function readContent(reader: ByteReader, kind: ContentKind, limits: ScanLimits): number {
  switch (kind) {
    case 'gc':
    case 'deleted':
      return readLength(reader, limits)
    case 'string':
      return reader.skipString()
    case 'json':
      return readJsonValues(reader, limits)
    case 'any':
      return readAnyValues(reader, limits)
    case 'binary':
      reader.skipBytes()
      return 1
    case 'embed':
      reader.readJson(limits.maxDepth)
      return 1
    case 'format':
      reader.skipString()
      reader.readJson(limits.maxDepth)
      return 1
    case 'type':
      readType(reader)
      return 1
    case 'document':
      readDocument(reader, limits)
      return 1
  }
}

/** Of a range of ids. */
export function readLength(reader: ByteReader, limits: ScanLimits): number {
  const length = reader.readUint(limits.maxClock)
  if (length === 0) throw reader.malformed('an empty range')
  return length
}

function readJsonValues(reader: ByteReader, limits: ScanLimits): number {
  const count = reader.readCount(1)
  for (let left = count; left > 0; left -= 1)
    reader.readJson(limits.maxDepth, { isUndefinedAllowed: true })
  return count
}

function readAnyValues(reader: ByteReader, limits: ScanLimits): number {
  const count = reader.readCount(1)
  for (let left = count; left > 0; left -= 1) reader.skipAny(limits.maxDepth)
  return count
}

function readType(reader: ByteReader): void {
  const ref = reader.readUint()
  if (ref > highestTypeRef) throw new ScanRefusal('unknown_content', `type ref ${ref}`)
  if (namedTypes.has(ref)) reader.skipString()
}

/** A subdocument: its id and its options, of which Yjs reads members without looking. */
function readDocument(reader: ByteReader, limits: ScanLimits): void {
  reader.skipString()
  if (reader.bytes[reader.position] !== anyTypes.object)
    throw reader.malformed('options of a subdocument that are no object')
  reader.skipAny(limits.maxDepth)
}
