import {
  highlightSelectionMatches,
  openSearchPanel,
  search,
  searchKeymap,
} from '@codemirror/search'
import { StateEffect } from '@codemirror/state'
import { keymap, type EditorView } from '@codemirror/view'

/** Adds searching to an editor and opens its panel. */
export function startSearch(view: EditorView): void {
  view.dispatch({
    effects: StateEffect.appendConfig.of([
      search({ top: true }),
      highlightSelectionMatches({ minSelectionLength: 3 }),
      keymap.of(searchKeymap),
    ]),
  })
  openSearchPanel(view)
}
