import { defaultKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import type { LiveText } from '../live/live-text.ts'
import { cursorPublisher } from './cursor-publisher.ts'
import { editorTheme, highlightStyle } from './editor-theme.ts'
import { textKindOf } from './file-language.ts'
import { lineDirection } from './line-direction.ts'
import { loadLanguage } from './load-language.ts'
import { lazySearch } from './lazy-search.ts'
import { remoteCursors } from './remote-cursors.ts'
import type { EditorPolicy } from './size-policy.ts'

export interface EditorOptions {
  readonly parent: HTMLElement
  readonly live: LiveText
  readonly fileName: string
  readonly policy: EditorPolicy
  readonly canEdit: boolean
}

export interface Editor {
  readonly view: EditorView
  setCanEdit(canEdit: boolean): void
  /** Follows a new name, or a person who wants colours in a large file. */
  setLanguage(fileName: string, highlight: boolean): void
  destroy(): void
}

/**
 * CodeMirror on the live text. `Y.Text` is the only truth: the editor shows it and turns what a person
 * does into edits of it. Undo is that of Yjs and takes back this person's edits only.
 */
export function createEditor(options: EditorOptions): Editor {
  const { parent, live, policy } = options
  const access = new Compartment()
  const language = new Compartment()
  const label = new Compartment()
  let wanted = 0

  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: live.textNow(),
      extensions: [
        baseExtensions(policy),
        // Without its cursors, which are part of the text's DOM; ours are layers.
        yCollab(live.text, null, { undoManager: live.undoManager }),
        cursorPublisher(live.text, live.awareness),
        remoteCursors(live.text, live.awareness),
        access.of(readOnly(!options.canEdit)),
        language.of([]),
        label.of([]),
      ],
    }),
  })

  async function setLanguage(fileName: string, highlight: boolean): Promise<void> {
    const request = ++wanted
    const kind = textKindOf(fileName)
    view.dispatch({ effects: label.reconfigure(describeContent(fileName, kind, policy)) })
    const extension = highlight ? await loadLanguage(fileName, kind) : []
    // Meanwhile the view may be gone, or another name wanted.
    if (request === wanted) view.dispatch({ effects: language.reconfigure(extension) })
  }

  void setLanguage(options.fileName, policy.highlight)
  return {
    view,
    setCanEdit: (canEdit) => view.dispatch({ effects: access.reconfigure(readOnly(!canEdit)) }),
    setLanguage: (fileName, highlight) => void setLanguage(fileName, highlight),
    destroy: () => {
      wanted = -1
      view.destroy()
    },
  }
}

function baseExtensions(policy: EditorPolicy): Extension {
  return [
    // A text of mixed line endings is kept as it is; the editor breaks lines at LF only.
    EditorState.lineSeparator.of('\n'),
    // The clipboard of Windows has CRLF, which no untouched text should get.
    EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, '\n')),
    EditorState.allowMultipleSelections.of(true),
    highlightSpecialChars(),
    drawSelection(),
    dropCursor(),
    indentOnInput(),
    bracketMatching(),
    syntaxHighlighting(highlightStyle),
    policy.wrap ? EditorView.lineWrapping : [],
    keymap.of([...yUndoManagerKeymap, ...defaultKeymap, indentWithTab]),
    lazySearch(),
    editorTheme,
  ]
}

function readOnly(isReadOnly: boolean): Extension {
  // Still editable for the browser: a caret, so that the keyboard can select and copy.
  return [
    EditorState.readOnly.of(isReadOnly),
    EditorView.contentAttributes.of({ 'aria-readonly': String(isReadOnly) }),
  ]
}

function describeContent(
  fileName: string,
  kind: ReturnType<typeof textKindOf>,
  policy: EditorPolicy,
): Extension {
  return [
    kind === 'code' ? lineNumbers() : lineDirection(),
    EditorView.editorAttributes.of({ 'data-kind': kind }),
    EditorView.contentAttributes.of({
      'aria-label': `Text of ${fileName}`,
      'aria-describedby': 'editor-hint',
      // CodeMirror's own focus does not need it; checkers of accessibility do.
      tabindex: '0',
      spellcheck: String(policy.spellcheck && kind !== 'code'),
    }),
  ]
}

/** Leads to a place without moving this person's own cursor. */
export function revealPosition(view: EditorView, index: number): void {
  const position = Math.min(index, view.state.doc.length)
  view.dispatch({ effects: EditorView.scrollIntoView(position, { y: 'center' }) })
}
