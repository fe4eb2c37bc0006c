import {
  highlightSelectionMatches,
  openSearchPanel,
  search,
  searchKeymap,
} from '@codemirror/search'
import { EditorState, StateEffect } from '@codemirror/state'
import { keymap, type EditorView } from '@codemirror/view'

/** CodeMirror's words, as the rest of the page writes them. */
const words = {
  next: 'Next',
  previous: 'Previous',
  all: 'Select all',
  'match case': 'Match case',
  regexp: 'Regular expression',
  'by word': 'Whole words',
  replace: 'Replace',
  'replace all': 'Replace all',
}

/** Adds searching to an editor and opens its panel. */
export function startSearch(view: EditorView): void {
  view.dispatch({
    effects: StateEffect.appendConfig.of([
      search({ top: true }),
      EditorState.phrases.of(words),
      highlightSelectionMatches({ minSelectionLength: 3 }),
      keymap.of(searchKeymap),
    ]),
  })
  openSearchPanel(view)
}
