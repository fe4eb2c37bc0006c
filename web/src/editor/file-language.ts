import { extensionOf } from '../files/file-extension.ts'

/** How a text is set: words for reading, or code on a grid. */
export type TextKind = 'markdown' | 'prose' | 'code'

const markdown = new Set(['md', 'markdown', 'mdx', 'mkd'])
const prose = new Set(['txt', 'text', 'rst', 'adoc', ''])

export function textKindOf(name: string): TextKind {
  const extension = extensionOf(name)
  if (markdown.has(extension)) return 'markdown'
  return prose.has(extension) ? 'prose' : 'code'
}
