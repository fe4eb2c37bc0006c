/**
 * Which rows of a list are selected and which one has the focus, by id, so that both outlive
 * sorting and refreshing. `order` is the ids as they are shown.
 */
export interface GridSelection<Id extends string> {
  readonly focus: Id | undefined
  /** Where a range that is extended with Shift begins. */
  readonly anchor: Id | undefined
  readonly selected: ReadonlySet<Id>
}

export type SelectMode =
  /** The row alone. */
  | 'replace'
  /** From the anchor to the row (Shift). */
  | 'extend'
  /** Focus only (Ctrl with arrows). */
  | 'move'
  /** The row in or out (Ctrl with click or Space). */
  | 'toggle'

export function emptySelection<Id extends string>(): GridSelection<Id> {
  return { focus: undefined, anchor: undefined, selected: new Set() }
}

export function selectRow<Id extends string>(
  selection: GridSelection<Id>,
  order: readonly Id[],
  id: Id,
  mode: SelectMode,
): GridSelection<Id> {
  switch (mode) {
    case 'replace':
      return { focus: id, anchor: id, selected: new Set([id]) }
    case 'move':
      return { ...selection, focus: id }
    case 'toggle': {
      const selected = new Set(selection.selected)
      if (!selected.delete(id)) selected.add(id)
      return { focus: id, anchor: id, selected }
    }
    case 'extend': {
      const anchor = selection.anchor ?? selection.focus ?? id
      const [from, to] = [order.indexOf(anchor), order.indexOf(id)].toSorted((a, b) => a - b)
      const selected = new Set(order.slice(Math.max(0, from ?? 0), (to ?? 0) + 1))
      return { focus: id, anchor, selected }
    }
  }
}

export function selectAll<Id extends string>(
  selection: GridSelection<Id>,
  order: readonly Id[],
): GridSelection<Id> {
  return { ...selection, selected: new Set(order) }
}

export function clearSelection<Id extends string>(selection: GridSelection<Id>): GridSelection<Id> {
  return { ...selection, anchor: selection.focus, selected: new Set() }
}

/**
 * Follows a change of the rows: what is gone is no longer selected, and the focus goes from a row that
 * is gone to the one that took its place, or the last one.
 */
export function followRows<Id extends string>(
  selection: GridSelection<Id>,
  before: readonly Id[],
  after: readonly Id[],
): GridSelection<Id> {
  const { focus, anchor, selected } = selection
  if (before === after || (focus === undefined && selected.size === 0)) return selection
  const isPresent = lookUp(after, selected.size + 2)
  const isStill = (id: Id | undefined) => id === undefined || isPresent(id)
  if (isStill(focus) && isStill(anchor) && [...selected].every(isPresent)) return selection
  const nextFocus = isStill(focus)
    ? focus
    : after[Math.min(rowsLeftBefore(before, focus, new Set(after)), after.length - 1)]
  return {
    focus: nextFocus,
    anchor: isStill(anchor) ? anchor : nextFocus,
    selected: new Set([...selected].filter(isPresent)),
  }
}

/** Tells whether an id is among `ids`, in the cheaper way for so many questions. */
function lookUp<Id>(ids: readonly Id[], questions: number): (id: Id) => boolean {
  if (questions <= 8) return (id) => ids.includes(id)
  const set = new Set(ids)
  return (id) => set.has(id)
}

function rowsLeftBefore<Id>(
  before: readonly Id[],
  id: Id | undefined,
  present: ReadonlySet<Id>,
): number {
  let count = 0
  for (const row of before) {
    if (row === id) break
    if (present.has(row)) count++
  }
  return count
}

export type GridMove = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last'

/** The index that a key leads to from `index` (-1: nowhere yet). */
export function moveIndex(move: GridMove, index: number, count: number, pageRows: number): number {
  const last = count - 1
  const page = Math.max(1, pageRows - 1)
  const target = {
    up: index < 0 ? last : index - 1,
    down: index + 1,
    pageUp: index - page,
    pageDown: Math.max(0, index) + page,
    first: 0,
    last,
  }[move]
  return Math.min(last, Math.max(0, target))
}
