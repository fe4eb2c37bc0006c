import type { Extension } from '@codemirror/state'
import { markdownBlocks } from './markdown-blocks.ts'
import { markdownLanguage } from './markdown-language.ts'

/** All that Markdown needs, in one piece that is fetched for it. */
export const markdownSupport: Extension = [markdownLanguage, markdownBlocks]
