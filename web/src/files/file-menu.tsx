import { useNavigate } from '@tanstack/react-router'
import type { Node, NodeId } from '@cloudsync/protocol'
import { Download, ExternalLink, FolderOpen, History, Pencil, Trash2 } from 'lucide-react'
import { useServices } from '../app/services.tsx'
import { LazyMenu } from '../ui/lazy-menu.tsx'
import type { MenuAnchor, MenuItem } from '../ui/menu-items.ts'
import { downloadNode } from './download-node.ts'

export interface FileMenuState {
  readonly node: Node
  readonly anchor: MenuAnchor
}

export interface FileMenuProps {
  readonly state: FileMenuState
  readonly canEdit: boolean
  readonly selectedCount: number
  readonly onRename: (id: NodeId) => void
  readonly onTrash: () => void
  readonly onClose: () => void
}

/** What can be done with a file, from its row. */
export function FileMenu({
  state,
  canEdit,
  selectedCount,
  onRename,
  onTrash,
  onClose,
}: FileMenuProps) {
  const { api } = useServices()
  const navigate = useNavigate()
  const { node, anchor } = state
  const params = { nodeId: node.id }
  const open: MenuItem[] = [
    {
      kind: 'action',
      label: 'Open',
      icon: <FolderOpen size={16} aria-hidden />,
      shortcut: 'Enter',
      onSelect: () => void navigate({ to: '/files/$nodeId', params }),
    },
    {
      kind: 'action',
      label: 'Open in new tab',
      icon: <ExternalLink size={16} aria-hidden />,
      onSelect: () => void window.open(`/files/${node.id}`, '_blank', 'noopener'),
    },
    {
      kind: 'action',
      label: 'Versions',
      icon: <History size={16} aria-hidden />,
      onSelect: () =>
        void navigate({ to: '/files/$nodeId', params, search: { panel: 'versions' } }),
    },
    {
      kind: 'action',
      label: 'Download',
      icon: <Download size={16} aria-hidden />,
      onSelect: () => void downloadNode(api, node),
    },
  ]
  const change: MenuItem[] = [
    { kind: 'separator' },
    {
      kind: 'action',
      label: 'Rename',
      icon: <Pencil size={16} aria-hidden />,
      shortcut: 'F2',
      onSelect: () => onRename(node.id),
    },
    {
      kind: 'action',
      label: selectedCount > 1 ? `Move ${selectedCount} files to trash` : 'Move to trash',
      icon: <Trash2 size={16} aria-hidden />,
      shortcut: 'Del',
      isDangerous: true,
      onSelect: onTrash,
    },
  ]
  return (
    <LazyMenu
      label={`Actions for ${node.name}`}
      anchor={anchor}
      align={anchor.width === 0 ? 'start' : 'end'}
      items={canEdit ? [...open, ...change] : open}
      onClose={() => {
        onClose()
        focusRow(node.id)
      }}
    />
  )
}

/** Back to the row that the menu belongs to, unless it is being renamed now. */
function focusRow(id: NodeId): void {
  requestAnimationFrame(() => {
    const row = document.querySelector<HTMLElement>(`[role='row'][data-id='${id}']`)
    if (row && !row.contains(document.activeElement)) row.focus({ preventScroll: true })
  })
}
