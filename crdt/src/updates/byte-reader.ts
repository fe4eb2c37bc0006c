import { decodeUtf8 } from 'lib0/string'
import { measureUtf8 } from './measure-utf8.ts'
import { ScanRefusal } from './refusal.ts'

/** A VarUint of more bytes cannot be a safe integer; lib0 itself would go on reading. */
const maxVarUintBytes = 8

/**
 * Reads the primitives of lib0's encoding (`lib0/decoding`) from untrusted bytes. Unlike lib0 it never
 * reads past the end, never trusts a claimed length or count, and skips what nobody asked for.
 *
 * Every method throws `ScanRefusal` where the bytes are not what they should be.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get remaining(): number {
    return this.bytes.length - this.position
  }

  readByte(): number {
    const byte = this.bytes[this.position]
    if (byte === undefined) throw this.malformed('cut short')
    this.position += 1
    return byte
  }

  /** An unsigned integer of 7 bits a byte, low bits first, at most `max`. */
  readUint(max: number = Number.MAX_SAFE_INTEGER): number {
    const first = this.readByte()
    const value = first < 0x80 ? first : this.#readUintTail(first)
    if (value > max)
      throw new ScanRefusal('out_of_range', `${value} at byte ${this.position}, above ${max}`)
    return value
  }

  #readUintTail(first: number): number {
    let value = first & 0x7f
    let factor = 0x80
    for (let read = 1; read < maxVarUintBytes; read += 1) {
      const byte = this.readByte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 0x80
    }
    throw this.malformed('an integer without end')
  }

  /** Skips a signed integer: 6 bits in the first byte, 7 in the others. */
  skipInt(): void {
    for (let read = 0; read < maxVarUintBytes; read += 1) if (this.readByte() < 0x80) return
    throw this.malformed('an integer without end')
  }

  /** A count of things of which each takes `minBytes` or more: a claim that the bytes cannot hold is refused. */
  readCount(minBytes: number): number {
    const count = this.readUint()
    if (count * minBytes > this.remaining)
      throw this.malformed(`${count} things claimed in ${this.remaining} bytes`)
    return count
  }

  skip(length: number): void {
    if (length > this.remaining)
      throw this.malformed(`${length} bytes claimed, ${this.remaining} there`)
    this.position += length
  }

  skipBytes(): void {
    this.skip(this.readUint())
  }

  /** Skips a string and gives its length in UTF-16 units. */
  skipString(): number {
    const length = this.readUint()
    const from = this.position
    this.skip(length)
    const units = measureUtf8(this.bytes, from, this.position)
    if (units < 0) throw this.malformed('a string that is not UTF-8')
    return units
  }

  readString(): string {
    const length = this.readUint()
    const from = this.position
    this.skip(length)
    try {
      return decodeUtf8(this.bytes.subarray(from, this.position))
    } catch {
      throw this.malformed('a string that is not UTF-8')
    }
  }

  /** Skips a lib0 `Any`; `maxDepth` objects and arrays may lie inside each other. */
  skipAny(maxDepth: number): void {
    const type = this.readByte()
    switch (type) {
      case anyTypes.undefined:
      case anyTypes.null:
      case anyTypes.false:
      case anyTypes.true:
        return
      case anyTypes.integer:
        return this.skipInt()
      case anyTypes.float32:
        return this.skip(4)
      case anyTypes.float64:
      case anyTypes.bigint:
        return this.skip(8)
      case anyTypes.string:
        this.skipString()
        return
      case anyTypes.object:
      case anyTypes.array:
        return this.#skipAnyMembers(type, maxDepth)
      case anyTypes.bytes:
        return this.skipBytes()
      default:
        throw this.malformed(`a value of unknown type ${type}`)
    }
  }

  #skipAnyMembers(type: number, maxDepth: number): void {
    if (maxDepth <= 0) throw new ScanRefusal('nesting', `values too deep at byte ${this.position}`)
    const isObject = type === anyTypes.object
    for (let left = this.readCount(isObject ? 2 : 1); left > 0; left -= 1) {
      if (isObject) this.skipString()
      this.skipAny(maxDepth - 1)
    }
  }

  /** Reads a string that must be JSON, or the word `undefined` where that is allowed; gives its text. */
  readJson(maxDepth: number, options: { readonly isUndefinedAllowed?: boolean } = {}): string {
    const text = this.readString()
    if (options.isUndefinedAllowed && text === 'undefined') return text
    if (jsonDepth(text) > maxDepth)
      throw new ScanRefusal('nesting', `JSON too deep at byte ${this.position}`)
    try {
      JSON.parse(text)
    } catch {
      throw this.malformed('a string that is not JSON')
    }
    return text
  }

  /** Refuses bytes after the end of what was read. */
  expectEnd(): void {
    if (this.remaining > 0) throw this.malformed(`${this.remaining} bytes left over`)
  }

  malformed(what: string): ScanRefusal {
    return new ScanRefusal('malformed', `${what} at byte ${this.position}`)
  }
}

/** The type bytes of `lib0/encoding` `writeAny`. */
export const anyTypes = {
  undefined: 127,
  null: 126,
  integer: 125,
  float32: 124,
  float64: 123,
  bigint: 122,
  false: 121,
  true: 120,
  string: 119,
  object: 118,
  array: 117,
  bytes: 116,
} as const

const [quote, backslash] = [0x22, 0x5c]
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b])
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d])

/** How deep arrays and objects lie inside each other, by their brackets; exact when `text` is JSON. */
function jsonDepth(text: string): number {
  let depth = 0
  let deepest = 0
  let isString = false
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (isString && code === backslash) index += 1
    else if (code === quote) isString = !isString
    else if (!isString && opening.has(code)) deepest = Math.max(deepest, (depth += 1))
    else if (!isString && closing.has(code)) depth -= 1
  }
  return deepest
}
