import type { ContentName } from '../model/entry.ts'

/**
 * Contents of the model. A blob is `#7` on both sides. A text is a set of words that only grows, as `fish+meat` on the
 * disk and `@fish+meat` on the server, where its name tells nothing of its bytes.
 */
export function isTextContent(content: ContentName): boolean {
  return !content.startsWith('#')
}

/** What must not be lost: the blob, or each word of the text. */
export function valuesOf(content: ContentName | null): readonly string[] {
  if (content === null) return []
  return isTextContent(content) ? content.replace('@', '').split('+') : [content]
}

export function textOf(words: Iterable<string>): ContentName {
  return [...new Set(words)].sort().join('+')
}

/** What the server calls what the disk calls so, and the other way round. */
export function remoteName(localContent: ContentName): ContentName {
  return isTextContent(localContent) ? `@${localContent}` : localContent
}

export function localName(remoteContent: ContentName): ContentName {
  return remoteContent.replace('@', '')
}
