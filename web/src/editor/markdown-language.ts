import { defineLanguageFacet, Language, languageDataProp, ParseContext } from '@codemirror/language'
import type { Parser } from '@lezer/common'
import { GFM, parseCode, parser } from '@lezer/markdown'
import { frontMatter } from './front-matter.ts'
import { findNamedLanguage } from './language-catalogue.ts'

const data = defineLanguageFacet({ commentTokens: { block: { open: '<!--', close: '-->' } } })

/**
 * Markdown from its parser alone: `@codemirror/lang-markdown` would bring the parsers of HTML, CSS and
 * JavaScript along, 70 kB of them. Languages of fenced blocks are fetched when one is met.
 */
export const markdownLanguage = new Language(
  data,
  parser.configure([
    GFM,
    frontMatter,
    parseCode({ codeParser: findCodeParser }),
    { props: [languageDataProp.add({ Document: data })] },
  ]),
  [],
  'markdown',
)

function findCodeParser(info: string): Parser | null {
  const found = findNamedLanguage(info)
  switch (found.kind) {
    case 'ready':
      return found.language.support?.language.parser ?? null
    case 'loading':
      return ParseContext.getSkippingParser(found.until)
    case 'unknown':
      return null
  }
}
