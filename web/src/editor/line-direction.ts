import { RangeSetBuilder, type Extension } from '@codemirror/state'
import {
  Decoration,
  EditorView,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view'

/**
 * Lets each line run from the left or from the right as its own first letters do: a note may hold
 * Arabic and English. Not for code, whose indentation is always at the left.
 */
export function lineDirection(): Extension {
  return [EditorView.perLineTextDirection.of(true), marker]
}

const ownDirection = Decoration.line({ attributes: { dir: 'auto' } })

const marker = ViewPlugin.fromClass(
  class {
    lines: DecorationSet

    constructor(view: EditorView) {
      this.lines = markLines(view)
    }

    update({ docChanged, viewportChanged, view }: ViewUpdate) {
      if (docChanged || viewportChanged) this.lines = markLines(view)
    }
  },
  { decorations: (plugin) => plugin.lines },
)

/** Only those in sight: a text may have a million lines. */
function markLines({ visibleRanges, state }: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  let next = 0
  for (const { from, to } of visibleRanges) {
    let position = Math.max(from, next)
    while (position <= to) {
      const line = state.doc.lineAt(position)
      builder.add(line.from, line.from, ownDirection)
      position = next = line.to + 1
    }
  }
  return builder.finish()
}
