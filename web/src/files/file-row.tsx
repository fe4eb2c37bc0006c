import type { Node, NodeId } from '@cloudsync/protocol'
import { Ellipsis } from 'lucide-react'
import { memo, type DragEvent, type MouseEvent, type Ref } from 'react'
import { endDragging, startDragging } from '../tree/dragged-nodes.ts'
import { addressOf } from '../tree/node-address.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { useFolderDrop } from '../tree/use-folder-drop.ts'
import { IconButton } from '../ui/button.tsx'
import { preloadMenu } from '../ui/open-menu.ts'
import { lazyPart } from '../ui/lazy-part.tsx'
import { anchorOf, type MenuAnchor } from '../ui/menu-items.ts'
import { FileIcon } from './file-icon.tsx'
import { formatExactTime, formatSize, formatTime } from './format.ts'
import type { SelectMode } from './grid-selection.ts'
import styles from './file-grid.module.css'
import { showHidden } from '../ui/show-hidden.ts'

export const RowNameInput = lazyPart(
  async () => (await import('./row-name-input.tsx')).RowNameInput,
)

const PrivateMark = lazyPart(async () => (await import('./private-mark.tsx')).PrivateMark)

export interface FileRowActions {
  readonly select: (id: NodeId, mode: SelectMode) => void
  readonly open: (node: Node) => void
  readonly showMenu: (node: Node, anchor: MenuAnchor) => void
  readonly rename: (node: Node, name: string) => void
  readonly endRename: (id: NodeId) => void
  readonly renameNext: (id: NodeId) => void
  /** What else is in the folder. */
  readonly siblings: () => readonly Node[]
  /** What goes along when the row is dragged: all that is selected, or the row alone. */
  readonly draggedBy: (node: Node) => readonly NodeId[]
}

export interface FileRowProps {
  readonly node: Node
  /** Counted from 1, without the head. */
  readonly position: number
  readonly top: number
  readonly height: number
  readonly isFocused: boolean
  readonly isSelected: boolean
  readonly isRenaming: boolean
  readonly isPhone: boolean
  /** Cut, and not pasted yet. */
  readonly isCut: boolean
  readonly now: number
  readonly actions: FileRowActions
  readonly opened: OpenTree
  readonly canEdit: boolean
  readonly ref: Ref<HTMLDivElement>
}

/** One file of the list. Thousands of them pass by while scrolling, so it draws only what has changed. */
export const FileRow = memo(function FileRow(props: FileRowProps) {
  const { node, isFocused, isSelected, isPhone, now, actions, opened, canEdit } = props
  const drop = useFolderDrop({
    tree: opened.tree,
    folderId: canEdit && node.kind === 'folder' && node.isReadable ? node.id : undefined,
  })
  return (
    <div
      ref={props.ref}
      role="row"
      aria-rowindex={props.position + 1}
      aria-selected={isSelected}
      tabIndex={isFocused ? 0 : -1}
      className={styles.row}
      data-id={node.id}
      data-cut={props.isCut || undefined}
      data-closed={!node.isReadable || undefined}
      data-drop={drop.isOver || undefined}
      draggable={!isPhone && !props.isRenaming && node.isReadable}
      onDragStart={(event) => drag(event, props)}
      onDragEnd={endDragging}
      {...drop.handlers}
      style={{ transform: `translateY(${props.top}px)`, height: props.height }}
      onClick={(event) => onClick(event, props)}
      onDoubleClick={() => actions.open(node)}
      onContextMenu={(event) => {
        event.preventDefault()
        event.stopPropagation()
        if (!isSelected) actions.select(node.id, 'replace')
        actions.showMenu(node, { x: event.clientX, y: event.clientY, width: 0, height: 0 })
      }}
    >
      <NameCell {...props} />
      {!isPhone && (
        <>
          <div
            role="gridcell"
            className={styles.cell}
            title={node.isReadable ? formatExactTime(node.updatedAt) : undefined}
          >
            {node.isReadable ? formatTime(node.updatedAt, now) : '–'}
          </div>
          <div role="gridcell" className={styles.cell}>
            {node.updatedBy?.name ?? '–'}
          </div>
          <div role="gridcell" className={styles.size}>
            {node.sizeBytes === null ? '–' : formatSize(node.sizeBytes)}
          </div>
        </>
      )}
      <div role="gridcell" className={styles.actions}>
        <IconButton
          label={`Actions for ${node.name}`}
          tabIndex={-1}
          aria-haspopup="menu"
          onPointerEnter={preloadMenu}
          onClick={(event) => {
            event.stopPropagation()
            if (!isSelected) actions.select(node.id, 'replace')
            actions.showMenu(node, anchorOf(event.currentTarget))
          }}
        >
          <Ellipsis size={16} aria-hidden />
        </IconButton>
      </div>
    </div>
  )
})

function NameCell({ node, isRenaming, isPhone, now, actions }: FileRowProps) {
  const name = showHidden(node.name)
  const title = node.mode === 'symlink' ? `${name} (symbolic link)` : name
  return (
    <div role="rowheader" className={styles.name}>
      <FileIcon name={node.name} kind={node.kind} mode={node.mode} />
      {isRenaming ? (
        <RowNameInput node={node} actions={actions} />
      ) : (
        <span className={styles.nameText}>
          {node.isReadable ? (
            // A plain link: the router's own costs more than the rest of the row.
            <a
              href={addressOf(node)}
              dir="auto"
              title={title}
              aria-label={title}
              tabIndex={-1}
              draggable={false}
              className={styles.link}
              onClick={(event) => openInPlace(event, () => actions.open(node))}
            >
              {name}
            </a>
          ) : (
            <span dir="auto" className={styles.closed}>
              {name}
            </span>
          )}
          {isPhone && (
            <span className={styles.detail}>
              {node.isReadable ? formatTime(node.updatedAt, now) : 'Private'}
              {node.sizeBytes !== null && ` · ${formatSize(node.sizeBytes)}`}
            </span>
          )}
        </span>
      )}
      {!node.inherits && <PrivateMark isReadable={node.isReadable} />}
      {node.hasConflicts && <span className={styles.badge}>Conflict</span>}
    </div>
  )
}

function drag({ dataTransfer }: DragEvent, { node, actions, canEdit }: FileRowProps) {
  const ids = actions.draggedBy(node)
  const label = ids.length === 1 ? showHidden(node.name) : `${ids.length} items`
  startDragging(dataTransfer, { spaceId: node.spaceId, ids, canMove: canEdit }, label)
}

/** As a link of the router: what a browser opens elsewhere is left to it. */
function openInPlace(event: MouseEvent, open: () => void) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  open()
}

function onClick(event: MouseEvent, { node, isPhone, actions }: FileRowProps) {
  const isOnLink = event.target instanceof Element && event.target.closest('a') !== null
  if (event.shiftKey || event.ctrlKey || event.metaKey) {
    // On the name, Ctrl opens a tab, as everywhere on the web.
    if (isOnLink && !event.shiftKey) return
    event.preventDefault()
    actions.select(node.id, event.shiftKey ? 'extend' : 'toggle')
    return
  }
  if (isOnLink) return
  if (isPhone) actions.open(node)
  else actions.select(node.id, 'replace')
}
