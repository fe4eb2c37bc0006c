import type { TextFormat } from '@cloudsync/crdt'
import type { ContentName } from '../model/entry.ts'
import type { TextState } from './text-state.ts'

/** How the server writes a text out, which the name of its content says: `<epoch>.<seq>[-bom][-crlf]`. */
export function formatOfContent(content: ContentName): TextFormat {
  return {
    bom: /-bom\b/.test(content),
    lineEnding: content.endsWith('-crlf') ? 'crlf' : 'verbatim',
  }
}

export function isSameFormat(one: TextFormat, other: TextFormat): boolean {
  return one.bom === other.bom && one.lineEnding === other.lineEnding
}

/** How the file is to be written out once the server calls the text so: where both sides changed that, the server's way. */
export function formatAfter(
  { format, content: before }: TextState,
  after: ContentName,
): TextFormat {
  if (before === undefined) return format
  const now = formatOfContent(after)
  return isSameFormat(formatOfContent(before), now) ? format : now
}

/** The file is written out in another way than the server knows: somebody has changed that here. */
export function isFormatUnsent({ format, content, pending, isHeld }: TextState): boolean {
  if (content === undefined || isHeld || pending.length > 0) return false
  return !isSameFormat(format, formatOfContent(content))
}
