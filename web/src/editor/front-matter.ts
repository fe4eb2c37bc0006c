import { tags } from '@lezer/highlight'
import type { BlockContext, Line, MarkdownConfig } from '@lezer/markdown'

const fence = /^---\s*$/
const end = /^(---|\.\.\.)\s*$/
const field = /^[\w-]+\s*:/

/**
 * The fields that many tools keep at the head of a Markdown file, between two lines of dashes. Without
 * this the last field would be a heading, by the dashes under it.
 */
export const frontMatter: MarkdownConfig = {
  defineNodes: [{ name: 'FrontMatter', block: true, style: tags.processingInstruction }],
  parseBlock: [{ name: 'FrontMatter', before: 'HorizontalRule', parse: parseFrontMatter }],
}

/** Ends at an empty line too, so that a stray line of dashes never swallows a text. */
function parseFrontMatter(context: BlockContext, line: Line): boolean {
  const start = context.lineStart
  if (start !== 0 || !fence.test(line.text) || !field.test(context.peekLine())) return false
  let to = line.text.length
  while (context.nextLine() && line.text.trim() !== '') {
    to = context.lineStart + line.text.length
    if (!end.test(line.text)) continue
    context.nextLine()
    break
  }
  context.addElement(context.elt('FrontMatter', start, to))
  return true
}
