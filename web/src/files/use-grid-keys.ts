import type { Node, NodeId } from '@cloudsync/protocol'
import { useRef, type KeyboardEvent } from 'react'
import { anchorOf } from '../ui/menu-items.ts'
import { toasts } from '../ui/toast-list.ts'
import { moveIndex, type GridMove, type GridSelection, type SelectMode } from './grid-selection.ts'
import type { FileRowActions } from './file-row.tsx'
import { findTyped, noTypeAhead, typeLetter } from './type-ahead.ts'

/** What keys do to the whole list, beside moving in it. */
export interface GridCommands {
  readonly canEdit: boolean
  readonly startRename: (id: NodeId) => void
  readonly trashSelected: () => void
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
  const typed = useRef(noTypeAhead)
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
      typed.current = typeLetter(typed.current, event.key, event.timeStamp)
      const names = nodes.map(({ name }) => name)
      goTo(findTyped(names, options.focusIndex, typed.current), 'replace', options)
    }
  }
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
    case 'Enter':
      actions.open(node)
      return true
    case 'F2':
      if (commands.canEdit) commands.startRename(node.id)
      return true
    case 'Delete':
    case 'Backspace':
      if (event.key === 'Backspace' && !event.metaKey) return false
      if (commands.canEdit) commands.trashSelected()
      return true
    case 'Escape':
      commands.clear()
      return true
    case ' ':
      actions.select(node.id, isModified ? 'toggle' : 'replace')
      return true
    case 'a':
      if (!isModified) return false
      commands.selectAll()
      return true
    case 'z':
      // What can be taken back is offered by a toast, which the keyboard would have to travel to.
      return isModified && !event.shiftKey && toasts.runNewestAction()
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

function isLetter({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return /^.$/u.test(key) && !ctrlKey && !metaKey && !altKey && key !== '?' && key !== '.'
}
