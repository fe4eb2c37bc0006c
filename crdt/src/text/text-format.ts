import { decodeUtf8, encodeUtf8 } from 'lib0/string'

/** What the bytes of a text file have beside the text of its document. */
export interface TextFormat {
  /** The file begins with the byte order mark EF BB BF; the text does not hold it. */
  readonly bom: boolean
  /**
   * `crlf`: every line of the file ends with CR LF, and with LF in the text. `verbatim`: the text holds the
   * line ends as the file has them, be they LF, mixed, or CR.
   */
  readonly lineEnding: 'verbatim' | 'crlf'
}

export interface TextLimits {
  readonly maxBytes: number
  /** UTF-16 units between two LF, which alone end a line in the editor. */
  readonly maxLineLength: number
}

/** For bytes that may become a text document. */
export const importTextLimits: TextLimits = { maxBytes: 2 * 1024 * 1024, maxLineLength: 10_000 }

/** For new bytes of a file that is a text document already: an open text does not cross over by itself. */
export const openTextLimits: TextLimits = { maxBytes: 20 * 1024 * 1024, maxLineLength: Infinity }

export interface DecodedText {
  readonly kind: 'text'
  readonly text: string
  readonly format: TextFormat
}

/** Why bytes are no text. */
export type BlobReason = 'too_large' | 'binary' | 'not_utf8' | 'line_too_long'

export interface DecodedBlob {
  readonly kind: 'blob'
  readonly reason: BlobReason
}

const bomBytes = [0xef, 0xbb, 0xbf] as const
const carriageReturn = 0x0d

/**
 * Tells whether bytes are text that can be edited live: valid UTF-8 without NUL (`binary`), within the
 * limits. `encodeText` gives back exactly the same bytes. Never throws.
 */
export function decodeText(
  bytes: Uint8Array,
  limits: TextLimits = importTextLimits,
): DecodedText | DecodedBlob {
  if (bytes.length > limits.maxBytes) return { kind: 'blob', reason: 'too_large' }
  if (bytes.includes(0)) return { kind: 'blob', reason: 'binary' }
  const bom = bomBytes.every((byte, index) => bytes[index] === byte)
  const verbatim = decodeOrUndefined(bom ? bytes.subarray(bomBytes.length) : bytes)
  if (verbatim === undefined) return { kind: 'blob', reason: 'not_utf8' }
  const isCrlf = isUniformCrlf(verbatim)
  const text = isCrlf ? verbatim.replaceAll('\r\n', '\n') : verbatim
  if (hasLongLine(text, limits.maxLineLength)) return { kind: 'blob', reason: 'line_too_long' }
  return { kind: 'text', text, format: { bom, lineEnding: isCrlf ? 'crlf' : 'verbatim' } }
}

/**
 * The bytes of a text document. With `crlf` each LF is written as CR LF, but one behind a CR as it is: so a
 * CR LF that a client has typed or pasted stays one line end, and a lone CR stays what it is.
 *
 * Throws `RangeError` for a text with half a surrogate pair, of which there is none in a document.
 */
export function encodeText(text: string, format: TextFormat): Uint8Array {
  if (!text.isWellFormed()) throw new RangeError('The text holds half a surrogate pair')
  const verbatim = toVerbatim(text, format)
  return encodeUtf8(format.bom ? `\ufeff${verbatim}` : verbatim)
}

/** The text with the line ends of the file. */
function toVerbatim(text: string, format: TextFormat): string {
  return format.lineEnding === 'crlf' ? text.replace(/\r?\n/g, '\r\n') : text
}

function decodeOrUndefined(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes)
  } catch {
    return undefined
  }
}

/** At least one CR LF, and neither character without the other. */
function isUniformCrlf(text: string): boolean {
  let from = 0
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', from)) {
    if (text.charCodeAt(index - 1) !== carriageReturn || text.indexOf('\r', from) !== index - 1)
      return false
    from = index + 1
  }
  return from > 0 && !text.includes('\r', from)
}

function hasLongLine(text: string, maxLength: number): boolean {
  let start = 0
  while (text.length - start > maxLength) {
    const end = text.indexOf('\n', start)
    if (end < 0 || end - start > maxLength) return true
    start = end + 1
  }
  return false
}
