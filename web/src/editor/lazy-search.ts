import { Prec, type Extension } from '@codemirror/state'
import { keymap, type EditorView } from '@codemirror/view'

/** Fetches the code of searching when somebody searches for the first time. */
export function lazySearch(): Extension {
  let state: 'absent' | 'loading' | 'present' = 'absent'

  function start(view: EditorView): boolean {
    // Once it is there, its own keys follow.
    if (state === 'present') return false
    if (state === 'absent') {
      state = 'loading'
      import('./search-extension.ts').then(
        ({ startSearch }) => {
          state = 'present'
          if (view.dom.isConnected) startSearch(view)
        },
        () => {
          state = 'absent'
        },
      )
    }
    return true
  }

  return Prec.high(keymap.of([{ key: 'Mod-f', run: start, preventDefault: true }]))
}
