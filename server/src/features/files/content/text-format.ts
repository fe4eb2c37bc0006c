import {
  decodeText,
  importTextLimits,
  openTextLimits,
  type BlobReason,
  type DecodedText,
  type TextFormat,
  type TextLimits,
} from '@cloudsync/crdt'
import { ProblemError } from '#platform/problem-error.ts'
import type { NodeRow } from '../nodes/node-reader.ts'

/** What a node says of its text beside the text itself. */
export function formatOf(node: Pick<NodeRow, 'bom' | 'line_ending'>): TextFormat {
  return { bom: node.bom, lineEnding: node.line_ending }
}

/**
 * The text of a file; `open` when it is to be that of a text document that exists already. Throws
 * `too_large`, or `not_text` with the reason.
 */
export function requireTextFile(bytes: Uint8Array, use: 'import' | 'open'): DecodedText {
  const limits = textLimits[use]
  const decoded = decodeText(bytes, limits)
  if (decoded.kind === 'text') return decoded
  if (decoded.reason === 'too_large') throw textTooLarge(limits)
  throw new ProblemError('not_text', {
    detail: blobReasonDetails[decoded.reason],
    extensions: { reason: decoded.reason },
  })
}

export const textLimits: Readonly<Record<'import' | 'open', TextLimits>> = {
  import: importTextLimits,
  open: openTextLimits,
}

function textTooLarge({ maxBytes }: TextLimits): ProblemError {
  return new ProblemError('too_large', { detail: `A text may have ${maxBytes} bytes here` })
}

const blobReasonDetails: Readonly<Record<Exclude<BlobReason, 'too_large'>, string>> = {
  binary: 'The content has NUL bytes',
  not_utf8: 'The content is not UTF-8',
  line_too_long: `The content has a line of more than ${importTextLimits.maxLineLength} characters`,
}

/** The length of `encodeText(text, format)`, without making it. */
export function encodedSize(text: string, format: TextFormat): number {
  const bytes = Buffer.byteLength(text) + (format.bom ? 3 : 0)
  return format.lineEnding === 'crlf' ? bytes + countBareLineFeeds(text) : bytes
}

function countBareLineFeeds(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1))
    if (text[at - 1] !== '\r') count += 1
  return count
}
