import { useVirtualizer, defaultRangeExtractor, type Range } from '@tanstack/react-virtual'
import type { Node, NodeId } from '@cloudsync/protocol'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useCallback, useLayoutEffect, useMemo, useRef, type ReactNode } from 'react'
import type { TreeClip } from '../tree/clipboard.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import { useNow } from '../ui/use-now.ts'
import { FileRow, type FileRowActions } from './file-row.tsx'
import type { GridSelection } from './grid-selection.ts'
import { useGridKeys, type GridCommands } from './use-grid-keys.ts'
import type { SortKey, SortOrder } from './sort-nodes.ts'
import styles from './file-grid.module.css'

export interface FileGridProps {
  readonly label: string
  /** In the order in which they are shown. */
  readonly nodes: readonly Node[]
  readonly sort: SortOrder
  readonly onSort: (key: SortKey) => void
  readonly selection: GridSelection<NodeId>
  readonly renaming: NodeId | undefined
  readonly actions: FileRowActions
  readonly commands: GridCommands
  readonly clip: TreeClip | undefined
  readonly opened: OpenTree
  readonly canEdit: boolean
  readonly initialScrollTop: number
  readonly onScroll: (scrollTop: number) => void
  /** A row that is being named before it exists. */
  readonly draft: ReactNode
}

/**
 * The list of files: an ARIA grid whose rows take the focus (APG "Grid", row first). Only what is in
 * sight is in the page; the row with the focus always is, or the focus would fall to the body.
 */
export function FileGrid(props: FileGridProps) {
  const { nodes, selection, renaming, actions } = props
  const isPhone = useMediaQuery(phoneQuery)
  const rowHeight = useRowHeight(isPhone)
  const now = useNow(30_000)
  const scroller = useRef<HTMLDivElement>(null)
  const focusIndex = useMemo(
    () => nodes.findIndex(({ id }) => id === selection.focus),
    [nodes, selection.focus],
  )
  const virtualizer = useRows(props, scroller, rowHeight, focusIndex)

  const cut = useCut(props.clip)
  const focusedRow = useRef<HTMLDivElement>(null)
  const onKeyDown = useGridKeys({
    ...props,
    focusIndex,
    pageRows: Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight),
    onMoved: (index) => virtualizer.scrollToIndex(index),
  })
  useFollowFocus(scroller, focusedRow, selection.focus, renaming)

  return (
    <div
      role="grid"
      aria-label={props.label}
      aria-multiselectable
      aria-rowcount={nodes.length + 1}
      aria-colcount={isPhone ? 2 : 5}
      className={styles.grid}
      onKeyDown={onKeyDown}
      onFocus={({ target }) => followTab(target, props)}
    >
      <GridHead sort={props.sort} onSort={props.onSort} isPhone={isPhone} />
      <div
        role="rowgroup"
        className={styles.scroller}
        ref={scroller}
        data-grid-scroller
        onScroll={({ currentTarget }) => props.onScroll(currentTarget.scrollTop)}
      >
        {props.draft}
        <div
          role="presentation"
          className={styles.rows}
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const node = nodes[index]
            if (!node) return null
            // Before anybody has been in the list, Tab leads to its first row.
            const isFocused = index === Math.max(0, focusIndex)
            return (
              <FileRow
                key={node.id}
                ref={isFocused ? focusedRow : null}
                node={node}
                position={index + 1}
                top={start}
                height={rowHeight}
                isFocused={isFocused}
                isSelected={selection.selected.has(node.id)}
                isRenaming={renaming === node.id}
                isPhone={isPhone}
                isCut={cut.has(node.id)}
                now={now}
                actions={actions}
                opened={props.opened}
                canEdit={props.canEdit}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}

function useRows(
  { nodes, initialScrollTop }: FileGridProps,
  scroller: React.RefObject<HTMLDivElement | null>,
  rowHeight: number,
  focusIndex: number,
) {
  const virtualizer = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => nodes[index]?.id ?? index,
    overscan: 12,
    initialOffset: initialScrollTop,
    rangeExtractor: useCallback((range: Range) => withIndex(range, focusIndex), [focusIndex]),
  })
  useLayoutEffect(() => virtualizer.measure(), [rowHeight, virtualizer])
  return virtualizer
}

function useCut(clip: TreeClip | undefined): ReadonlySet<NodeId> {
  return useMemo(() => new Set(clip?.mode === 'cut' ? clip.ids : []), [clip])
}

function withIndex(range: Range, index: number): number[] {
  const indexes = defaultRangeExtractor(range)
  if (index < 0 || index >= range.count || indexes.includes(index)) return indexes
  return [...indexes, index].toSorted((a, b) => a - b)
}

/** Tab, or a click, has led to a row: that is the one that keys mean. */
function followTab(target: HTMLElement, { nodes, selection, actions }: FileGridProps): void {
  const row = nodes.find(({ id }) => id === target.dataset['id'])
  if (row && row.id !== selection.focus) actions.select(row.id, 'move')
}

function useRowHeight(isPhone: boolean): number {
  const isCoarse = useMediaQuery('(pointer: coarse)')
  if (isPhone) return 56
  return isCoarse ? 44 : 36
}

/** Moves the page's focus with the list's own, but only while it is in the list already. */
function useFollowFocus(
  scroller: React.RefObject<HTMLDivElement | null>,
  row: React.RefObject<HTMLDivElement | null>,
  focus: NodeId | undefined,
  renaming: NodeId | undefined,
) {
  useLayoutEffect(() => {
    if (focus === undefined || renaming !== undefined) return
    const active = document.activeElement
    const isInList = scroller.current?.contains(active) === true
    if (isInList || active === document.body) row.current?.focus({ preventScroll: true })
  }, [scroller, row, focus, renaming])
}

const columns: readonly { key: SortKey; label: string }[] = [
  { key: 'name', label: 'Name' },
  { key: 'modified', label: 'Modified' },
  { key: 'by', label: 'By' },
  { key: 'size', label: 'Size' },
]

interface GridHeadProps {
  readonly sort: SortOrder
  readonly onSort: (key: SortKey) => void
  readonly isPhone: boolean
}

function GridHead({ sort, onSort, isPhone }: GridHeadProps) {
  const current = sort.sort ?? 'name'
  const direction = sort.dir === 'desc' ? 'descending' : 'ascending'
  const Arrow = sort.dir === 'desc' ? ArrowDown : ArrowUp
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={styles.headRow}>
        {columns.slice(0, isPhone ? 1 : undefined).map(({ key, label }) => (
          <div
            key={key}
            role="columnheader"
            aria-sort={current === key ? direction : 'none'}
            className={styles.column}
            data-end={key === 'size' || undefined}
          >
            <button type="button" onClick={() => onSort(key)}>
              {label}
              {current === key && <Arrow size={12} aria-hidden />}
            </button>
          </div>
        ))}
        <div role="columnheader">
          <span className="visually-hidden">Actions</span>
        </div>
      </div>
    </div>
  )
}

/** Stands for rows that are on their way. */
export function GridSkeleton() {
  return (
    <div className={styles.grid} aria-hidden>
      <div className={styles.head}>
        <div className={styles.headRow} />
      </div>
      <div className={styles.scroller}>
        {[52, 38, 64, 45, 30, 58, 41, 35].map((width) => (
          <div key={width} className={styles.row} style={{ position: 'static', height: 36 }}>
            <div className={styles.skeleton} style={{ width: `${width}%` }} />
          </div>
        ))}
      </div>
    </div>
  )
}
