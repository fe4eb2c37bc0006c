import { useCallback, useMemo, useState } from 'react'
import {
  clearSelection,
  emptySelection,
  followRows,
  selectAll,
  selectRow,
  type GridSelection,
  type SelectMode,
} from './grid-selection.ts'

/** The selection of a list whose rows come and go. `order` is the ids as they are shown. */
export function useGridSelection<Id extends string>(order: readonly Id[], initialFocus?: Id) {
  const [state, setState] = useState<{ selection: GridSelection<Id>; order: readonly Id[] }>({
    selection: { ...emptySelection(), focus: initialFocus },
    order,
  })
  const selection = followRows(state.selection, state.order, order)
  if (selection !== state.selection || order !== state.order) setState({ selection, order })

  const select = useCallback((id: Id, mode: SelectMode) => {
    setState((now) => ({ ...now, selection: selectRow(now.selection, now.order, id, mode) }))
  }, [])
  const all = useCallback(() => {
    setState((now) => ({ ...now, selection: selectAll(now.selection, now.order) }))
  }, [])
  const clear = useCallback(() => {
    setState((now) => ({ ...now, selection: clearSelection(now.selection) }))
  }, [])
  return useMemo(() => ({ selection, select, all, clear }), [selection, select, all, clear])
}
