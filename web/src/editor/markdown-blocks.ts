import { syntaxTree } from '@codemirror/language'
import { RangeSetBuilder } from '@codemirror/state'
import {
  Decoration,
  ViewPlugin,
  type DecorationSet,
  type EditorView,
  type ViewUpdate,
} from '@codemirror/view'

const codeBlocks = new Set(['FencedCode', 'CodeBlock'])
const gridBlocks = new Set(['Table', 'FrontMatter'])

/**
 * Sets code and tables of a Markdown text on a grid, where the rest is set for reading. Only lines in
 * sight are looked at.
 */
export const markdownBlocks = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet

    constructor(view: EditorView) {
      this.decorations = decorate(view)
    }

    update(update: ViewUpdate) {
      const isReparsed = syntaxTree(update.startState) !== syntaxTree(update.state)
      if (update.docChanged || update.viewportChanged || isReparsed) {
        this.decorations = decorate(update.view)
      }
    }
  },
  { decorations: (plugin) => plugin.decorations },
)

function decorate(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  const { doc } = view.state
  let done = -1
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter: (node) => {
        const isCode = codeBlocks.has(node.name)
        if (!isCode && !gridBlocks.has(node.name)) return true
        const first = doc.lineAt(node.from).number
        const last = doc.lineAt(node.to).number
        const start = Math.max(doc.lineAt(Math.max(node.from, from)).number, done + 1)
        const end = doc.lineAt(Math.min(node.to, to)).number
        for (let number = start; number <= end; number++) {
          const line = doc.line(number)
          builder.add(
            line.from,
            line.from,
            lineDecoration(isCode, number === first, number === last),
          )
          done = number
        }
        return false
      },
    })
  }
  return builder.finish()
}

function lineDecoration(isCode: boolean, isFirst: boolean, isLast: boolean): Decoration {
  const classes = ['cm-fixedLine']
  if (isCode) classes.push('cm-codeLine')
  if (isCode && isFirst) classes.push('cm-codeLine-first')
  if (isCode && isLast) classes.push('cm-codeLine-last')
  return Decoration.line({ class: classes.join(' ') })
}
