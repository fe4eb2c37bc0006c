import { ViewPlugin, type EditorView, type ViewUpdate } from '@codemirror/view'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'

/** Often enough to look live, seldom enough for a room full of people. */
const intervalMs = 60

/**
 * Shows the others where this person's selection is. It is given as relative positions, which stay
 * with the words while others type before them. Identity is the server's to add.
 */
export function cursorPublisher(text: Y.Text, awareness: Awareness) {
  return ViewPlugin.fromClass(
    class {
      readonly #view: EditorView
      #timer: ReturnType<typeof setTimeout> | undefined

      constructor(view: EditorView) {
        this.#view = view
      }

      update({ selectionSet, focusChanged, docChanged }: ViewUpdate) {
        if (!selectionSet && !focusChanged && !docChanged) return
        this.#timer ??= setTimeout(() => this.#publish(), intervalMs)
      }

      destroy() {
        clearTimeout(this.#timer)
        if (awareness.getLocalState()) awareness.setLocalStateField('cursor', null)
      }

      #publish() {
        this.#timer = undefined
        // Who only looks on without having clicked has no place to show.
        if (!this.#view.hasFocus) return
        const { anchor, head } = this.#view.state.selection.main
        const cursor = { anchor: toRelative(text, anchor), head: toRelative(text, head) }
        const shown: unknown = awareness.getLocalState()?.['cursor']
        if (JSON.stringify(shown) !== JSON.stringify(cursor)) {
          awareness.setLocalStateField('cursor', cursor)
        }
      }
    },
  )
}

function toRelative(text: Y.Text, index: number): unknown {
  return Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index))
}
