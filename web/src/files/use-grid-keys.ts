import type { Node, NodeId } from '@cloudsync/protocol'
import { useEffect, useRef, type KeyboardEvent, type RefObject } from 'react'
import { anchorOf } from '../ui/menu-items.ts'
import { moveIndex, type GridMove, type GridSelection, type SelectMode } from './grid-selection.ts'
import type { FileRowActions } from './file-row.tsx'
import type { TypeAhead } from './type-ahead.ts'

/** What keys do to the whole list, beside moving in it; the others are actions (`file-actions.ts`). */
export interface GridCommands {
  readonly selectAll: () => void
  readonly clear: () => void
}

export interface GridKeysOptions {
  readonly nodes: readonly Node[]
  readonly selection: GridSelection<NodeId>
  readonly actions: FileRowActions
  readonly commands: GridCommands
  readonly focusIndex: number
  readonly pageRows: number
  readonly onMoved: (index: number) => void
}

const moves: Readonly<Record<string, GridMove>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'pageUp',
  PageDown: 'pageDown',
  Home: 'first',
  End: 'last',
}

/** The keyboard of the list, as in the file managers that people know. */
export function useGridKeys(options: GridKeysOptions): (event: KeyboardEvent) => void {
  const typed = useRef<TypeAhead>(undefined)
  useEffect(() => void loadTypeAhead().catch(() => undefined), [])
  return (event) => {
    if (!isOnRow(event.target)) return
    const { nodes } = options
    if (nodes.length === 0) return
    if (handleMove(event, options) || handleCommand(event, options)) {
      event.preventDefault()
      return
    }
    if (isLetter(event)) {
      event.preventDefault()
      void goToTyped(event, typed, options).catch(() => undefined)
    }
  }
}

/** It comes a moment after the list, which can be looked at without it. */
const loadTypeAhead = () => import('./type-ahead.ts')

async function goToTyped(
  { key, timeStamp }: KeyboardEvent,
  typed: RefObject<TypeAhead | undefined>,
  options: GridKeysOptions,
): Promise<void> {
  const { findTyped, noTypeAhead, typeLetter } = await loadTypeAhead()
  typed.current = typeLetter(typed.current ?? noTypeAhead, key, timeStamp)
  const names = options.nodes.map(({ name }) => name)
  goTo(findTyped(names, options.focusIndex, typed.current), 'replace', options)
}

/** Keys pressed in a control within a row belong to that control. */
function isOnRow(target: EventTarget): boolean {
  return target instanceof Element && target.getAttribute('role') === 'row'
}

function handleMove(event: KeyboardEvent, options: GridKeysOptions): boolean {
  const move = moves[event.key]
  if (!move || event.altKey) return false
  const { focusIndex, nodes, pageRows } = options
  const isModified = event.ctrlKey || event.metaKey
  const mode: SelectMode = event.shiftKey ? 'extend' : isModified ? 'move' : 'replace'
  goTo(moveIndex(move, focusIndex, nodes.length, pageRows), mode, options)
  return true
}

function handleCommand(event: KeyboardEvent, options: GridKeysOptions): boolean {
  const { actions, commands, nodes, focusIndex } = options
  const node = nodes[Math.max(0, focusIndex)]
  if (!node) return false
  const isModified = event.ctrlKey || event.metaKey
  switch (event.key) {
    case 'Escape':
      commands.clear()
      return true
    case ' ':
      // Without a key held down it is the action "Quick look", where there is something to see.
      if (!isModified && !event.shiftKey && node.kind !== 'folder') return false
      actions.select(node.id, isModified ? 'toggle' : event.shiftKey ? 'extend' : 'replace')
      return true
    case 'a':
      if (!isModified || event.shiftKey) return false
      commands.selectAll()
      return true
    case '.':
    case 'ContextMenu':
      actions.showMenu(node, anchorOf(event.target as Element))
      return true
    case 'F10':
      if (!event.shiftKey) return false
      actions.showMenu(node, anchorOf(event.target as Element))
      return true
    default:
      return false
  }
}

function goTo(index: number | undefined, mode: SelectMode, options: GridKeysOptions): void {
  const node = index === undefined ? undefined : options.nodes[index]
  if (index === undefined || !node) return
  options.actions.select(node.id, mode)
  options.onMoved(index)
}

/** With Shift, a letter is a key of an action: nobody needs capitals to find a name. */
function isLetter({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || (shiftKey && /^\p{L}$/u.test(key))) return false
  return /^.$/u.test(key) && !['?', '.', ' '].includes(key)
}
