import type { NodeId, Space } from '@cloudsync/protocol'
import { ChevronRight, Folder, HardDrive, Lock, Users } from 'lucide-react'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { KeyboardEvent, MouseEvent } from 'react'
import { closedReason, tellClosed } from '../files/closed-folder.ts'
import { canEdit } from '../files/space-role.ts'
import { addressOf } from './node-address.ts'
import type { ExpandedFolders } from './expanded-folders.ts'
import { useTrees } from './tree-context.tsx'
import { findTreeMove } from './tree-keys.ts'
import { treeRows, type TreeRow } from './tree-rows.ts'
import { useFolderDrop } from './use-folder-drop.ts'
import styles from './folder-tree.module.css'
import { showHidden } from '../ui/show-hidden.ts'

type FolderRow = Extract<TreeRow, { kind: 'folder' }>

export interface FolderTreeProps {
  readonly label: string
  readonly spaces: readonly Space[]
  readonly expanded: ExpandedFolders
  /** The folder that is shown, or chosen. */
  readonly current: NodeId | undefined
  readonly onPick: (space: Space, id: NodeId) => void
  /** Rows are links, which a browser can open elsewhere. */
  readonly hasLinks: boolean
}

/** A tree of folders (APG "Tree View"); what is in a folder is read when it is opened. */
export function FolderTree(props: FolderTreeProps) {
  const { label, spaces, expanded, current, onPick, hasLinks } = props
  const trees = useTrees()
  const ids = useSyncExternalStore(expanded.subscribe, () => expanded.ids)
  const version = useSyncExternalStore(trees.subscribe, () => trees.version)
  const rows = useMemo(
    () => treeRows(spaces, (space) => trees.get(space).tree, ids),
    // The version stands for everything that the walk down reads.
    [spaces, trees, ids, version],
  )
  useWatchedFolders(rows)
  const [focused, setFocused] = useState<NodeId>()
  const tree = useRef<HTMLDivElement>(null)
  const folders = rows.filter((row) => row.kind === 'folder')
  const tabStop =
    folders.find(({ id }) => id === focused) ??
    folders.find(({ id }) => id === current) ??
    folders[0]

  function pickRow({ space, id, name, isReadable }: FolderRow) {
    if (isReadable) onPick(space, id)
    else tellClosed(name)
  }

  function onKeyDown(event: KeyboardEvent) {
    const index = folders.findIndex(({ id }) => id === tabStop?.id)
    const move = findTreeMove(event.key, folders, index)
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    if (move.kind === 'toggle') expanded.set(move.id, move.isExpanded)
    else if (move.kind === 'pick') pickRow(move.row)
    else {
      setFocused(move.id)
      tree.current?.querySelector<HTMLElement>(`[data-id='${move.id}']`)?.focus()
    }
  }

  return (
    <div ref={tree} role="tree" aria-label={label} className={styles.tree} onKeyDown={onKeyDown}>
      {rows.map((row) =>
        row.kind === 'more' ? (
          <p key={`${row.parentId} more`} className={styles.more} style={indent(row.level)}>
            {row.count} more in the list
          </p>
        ) : (
          <TreeItem
            key={row.id}
            row={row}
            isCurrent={row.id === current}
            isTabStop={row.id === tabStop?.id}
            hasLink={hasLinks}
            onFocus={() => setFocused(row.id)}
            onToggle={() => expanded.set(row.id, row.isExpanded !== true)}
            onPick={() => pickRow(row)}
          />
        ),
      )}
    </div>
  )
}

interface TreeItemProps {
  readonly row: FolderRow
  readonly isCurrent: boolean
  readonly isTabStop: boolean
  readonly hasLink: boolean
  readonly onFocus: () => void
  readonly onToggle: () => void
  readonly onPick: () => void
}

function TreeItem(props: TreeItemProps) {
  const { row, isCurrent, isTabStop, onToggle } = props
  const { tree } = useTrees().get(row.space)
  const drop = useFolderDrop({
    tree,
    folderId: canEdit(row.space.role) && row.isReadable ? row.id : undefined,
    ...(row.isExpanded === false ? { onHold: onToggle } : {}),
  })
  const Element = props.hasLink ? 'a' : 'div'
  return (
    <Element
      role="treeitem"
      {...(props.hasLink ? { href: addressOfRow(row), draggable: false } : {})}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.setSize}
      aria-expanded={row.isExpanded}
      aria-selected={isCurrent}
      aria-current={props.hasLink && isCurrent ? 'page' : undefined}
      tabIndex={isTabStop ? 0 : -1}
      className={styles.item}
      style={indent(row.level)}
      data-id={row.id}
      data-drop={drop.isOver || undefined}
      title={row.isReadable ? showHidden(row.name) : closedReason}
      aria-disabled={!row.isReadable || undefined}
      onFocus={props.onFocus}
      onClick={(event) => pick(event, props.onPick)}
      {...drop.handlers}
    >
      <span
        className={styles.chevron}
        data-open={row.isExpanded}
        aria-hidden
        onClick={(event) => {
          event.preventDefault()
          event.stopPropagation()
          if (row.isExpanded !== undefined) onToggle()
        }}
      >
        {row.isExpanded !== undefined && <ChevronRight size={14} />}
      </span>
      <RowIcon row={row} />
      <span className={styles.name} dir="auto">
        {showHidden(row.name)}
      </span>
    </Element>
  )
}

function RowIcon({ row }: { readonly row: FolderRow }) {
  if (!row.isReadable) return <Lock size={16} aria-hidden />
  if (row.level > 1) return <Folder size={16} aria-hidden className={styles.folder} />
  return row.space.kind === 'personal' ? (
    <HardDrive size={16} aria-hidden />
  ) : (
    <Users size={16} aria-hidden />
  )
}

/** As a link of the router: what a browser opens elsewhere is left to it. */
function pick(event: MouseEvent, onPick: () => void) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  onPick()
}

function addressOfRow({ id, parentId, space }: FolderRow): string {
  return addressOf({ id, kind: 'folder', spaceId: space.id, parentId: parentId ?? null })
}

function indent(level: number) {
  return { paddingInlineStart: `calc(var(--space-2) + ${level - 1} * 14px)` }
}

/** Reads the folders that are open. */
function useWatchedFolders(rows: readonly TreeRow[]) {
  const trees = useTrees()
  const watched = useRef(new Map<NodeId, () => void>())
  useEffect(() => {
    const open = new Map(
      rows.flatMap((row): [NodeId, Space][] =>
        row.kind === 'folder' && row.isExpanded === true ? [[row.id, row.space]] : [],
      ),
    )
    for (const [id, end] of watched.current) {
      if (open.has(id)) continue
      end()
      watched.current.delete(id)
    }
    for (const [id, space] of open) {
      if (!watched.current.has(id)) {
        watched.current.set(id, trees.get(space).tree.watch(id, 'folders'))
      }
    }
  }, [rows, trees])
  useEffect(
    () => () => {
      for (const end of watched.current.values()) end()
      watched.current.clear()
    },
    [],
  )
}
