import type { NodeId } from '@cloudsync/protocol'
import { Menu } from '../ui/menu.tsx'
import type { MenuAnchor } from '../ui/menu-items.ts'
import { fileMenuItems } from './file-menu-items.tsx'
import type { FileCommands } from './file-commands.ts'

export interface FileMenuState {
  /** Undefined: the menu of the folder itself. */
  readonly id: NodeId | undefined
  readonly label: string
  readonly anchor: MenuAnchor
}

export interface FileMenuProps {
  readonly state: FileMenuState
  readonly commands: FileCommands
  readonly onClose: () => void
}

/** What can be done with a row, or in the folder. */
export function FileMenu({ state, commands, onClose }: FileMenuProps) {
  const { id, label, anchor } = state
  const items =
    id === undefined
      ? fileMenuItems(commands, ['make'])
      : fileMenuItems(commands, ['open', 'share', 'look', 'change', 'clip', 'trash'])
  return (
    <Menu
      label={label}
      anchor={anchor}
      align={anchor.width === 0 ? 'start' : 'end'}
      items={items}
      onClose={() => {
        onClose()
        if (id !== undefined) focusRow(id)
      }}
    />
  )
}

/** Back to the row that the menu belongs to, unless something else has taken the focus. */
function focusRow(id: NodeId): void {
  requestAnimationFrame(() => {
    if (document.querySelector('[role="dialog"]')) return
    const row = document.querySelector<HTMLElement>(`[role='row'][data-id='${id}']`)
    if (row && !row.contains(document.activeElement)) row.focus({ preventScroll: true })
  })
}
