import { fileTypeFromBuffer } from 'file-type'
import mime from 'mime'

/** What a media type is told from: the beginning of a content. */
export const sniffedBytes = 4100

/**
 * The media types under which texts are served. Nothing that a browser would run or render as a page
 * is among them: HTML, SVG, XML, scripts and style sheets go out as plain text.
 */
const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['md', 'text/markdown'],
  ['markdown', 'text/markdown'],
  ['csv', 'text/csv'],
  ['tsv', 'text/tab-separated-values'],
  ['json', 'application/json'],
  ['ipynb', 'application/json'],
  ['jsonl', 'application/jsonl'],
  ['yaml', 'application/yaml'],
  ['yml', 'application/yaml'],
  ['toml', 'application/toml'],
  ['ics', 'text/calendar'],
  ['vcf', 'text/vcard'],
])
const textTypes: ReadonlySet<string> = new Set(['text/plain', ...mediaTypes.values()])

export const unknownType = 'application/octet-stream'
/** What a browser runs, or renders with what it runs. */
const activeType = /^text\/|xml$|javascript$|ecmascript$|x-shockwave-flash$|xhtml/

/** The media type of a text by its name's extension; plain text for all that the list lacks. */
export function textMediaType(name: string): string {
  const extension = /\.([^.]+)$/.exec(name)?.[1]
  return mediaTypes.get(extension?.toLowerCase() ?? '') ?? 'text/plain'
}

/**
 * The media type of bytes by their beginning, else by the extension of the name, whatever a client says.
 * Types that a browser would run are told only of what was recognized as none of them.
 */
export async function detectMediaType(head: Uint8Array, name: string): Promise<string> {
  const found = await fileTypeFromBuffer(head.subarray(0, sniffedBytes))
  if (found) return activeType.test(found.mime) ? unknownType : found.mime
  if (isProbablyText(head)) return textMediaType(name)
  const named = mime.getType(name)
  return named === null || activeType.test(named) ? unknownType : named
}

/** The value of `Content-Type`: what has one of our types for texts is UTF-8. */
export function contentTypeOf(mediaType: string): string {
  return textTypes.has(mediaType) ? `${mediaType}; charset=utf-8` : mediaType
}

/** UTF-8 without NUL, but for a character that the cut may have halved. */
function isProbablyText(head: Uint8Array): boolean {
  const sample = head.subarray(0, sniffedBytes)
  if (sample.length === 0 || sample.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true })
    return true
  } catch {
    return false
  }
}
