import type { NodeId } from '@cloudsync/protocol'
import type { TreeRow } from './tree-rows.ts'

type FolderRow = Extract<TreeRow, { kind: 'folder' }>

/** What a key does in a tree. */
export type TreeMove =
  | { readonly kind: 'focus'; readonly id: NodeId }
  | { readonly kind: 'toggle'; readonly id: NodeId; readonly isExpanded: boolean }
  | { readonly kind: 'pick'; readonly row: FolderRow }

/** As the APG has it: Right opens, then goes in; Left closes, then goes out. */
export function findTreeMove(
  key: string,
  rows: readonly FolderRow[],
  index: number,
): TreeMove | undefined {
  const row = rows[index]
  if (!row) return undefined
  switch (key) {
    case 'ArrowDown':
      return focus(rows[index + 1])
    case 'ArrowUp':
      return focus(rows[index - 1])
    case 'Home':
      return focus(rows[0])
    case 'End':
      return focus(rows.at(-1))
    case 'ArrowRight':
      if (row.isExpanded === false) return { kind: 'toggle', id: row.id, isExpanded: true }
      return row.isExpanded === true && rows[index + 1]?.parentId === row.id
        ? focus(rows[index + 1])
        : undefined
    case 'ArrowLeft':
      if (row.isExpanded === true) return { kind: 'toggle', id: row.id, isExpanded: false }
      return focus(rows.find(({ id }) => id === row.parentId))
    case 'Enter':
    case ' ':
      return { kind: 'pick', row }
    default:
      return undefined
  }
}

function focus(row: FolderRow | undefined): TreeMove | undefined {
  return row && { kind: 'focus', id: row.id }
}
