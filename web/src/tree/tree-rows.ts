import type { Node, NodeId, Space } from '@cloudsync/protocol'
import { sortNodes } from '../files/sort-nodes.ts'
import type { SpaceTree } from './space-tree.ts'
import type { FolderView } from './tree-store.ts'

/** One line of a tree of folders; the lines of a level are numbered from 1. */
export type TreeRow =
  | {
      readonly kind: 'folder'
      readonly id: NodeId
      readonly name: string
      readonly space: Space
      /** Undefined for the root of a space. */
      readonly parentId: NodeId | undefined
      readonly level: number
      readonly position: number
      readonly setSize: number
      /** False: a private folder of others, of which no more than the name is shown. */
      readonly isReadable: boolean
      /** Undefined when it is known to hold no folder. */
      readonly isExpanded: boolean | undefined
    }
  /** A folder has more than a tree should show. */
  | {
      readonly kind: 'more'
      readonly parentId: NodeId
      readonly level: number
      readonly count: number
    }

/** More are not shown in one folder: the list beside is the place to look for them. */
const maxChildren = 200

/** What a tree shows from top to bottom. */
export function treeRows(
  spaces: readonly Space[],
  treeOf: (space: Space) => SpaceTree,
  expanded: ReadonlySet<NodeId>,
): readonly TreeRow[] {
  const rows: TreeRow[] = []
  for (const [index, space] of spaces.entries()) {
    const walk = { rows, space, tree: treeOf(space), expanded }
    addFolder(walk, {
      id: space.rootId,
      name: space.name,
      parentId: undefined,
      level: 1,
      position: index + 1,
      setSize: spaces.length,
      isReadable: true,
    })
  }
  return rows
}

interface Walk {
  readonly rows: TreeRow[]
  readonly space: Space
  readonly tree: SpaceTree
  readonly expanded: ReadonlySet<NodeId>
}

type FolderRow = Extract<TreeRow, { kind: 'folder' }>

function addFolder(walk: Walk, row: Omit<FolderRow, 'kind' | 'space' | 'isExpanded'>): void {
  const { rows, space, tree, expanded } = walk
  const view = tree.store.view(row.id, 'folders')
  const isEmpty = !row.isReadable || (view.isComplete && view.nodes.length === 0)
  const isExpanded = isEmpty ? undefined : expanded.has(row.id)
  rows.push({ kind: 'folder', space, isExpanded, ...row })
  if (isExpanded !== true) return
  const children = sortedFolders(view)
  const setSize = Math.min(children.length, maxChildren)
  for (const [index, { id, name, isReadable }] of children.slice(0, maxChildren).entries()) {
    const [level, position] = [row.level + 1, index + 1]
    addFolder(walk, { id, name, parentId: row.id, level, position, setSize, isReadable })
  }
  if (children.length > maxChildren) {
    const count = children.length - maxChildren
    rows.push({ kind: 'more', parentId: row.id, level: row.level + 1, count })
  }
}

const sortedByView = new WeakMap<FolderView, readonly Node[]>()

function sortedFolders(view: FolderView): readonly Node[] {
  let sorted = sortedByView.get(view)
  if (!sorted) {
    sorted = sortNodes(view.nodes, {})
    sortedByView.set(view, sorted)
  }
  return sorted
}
