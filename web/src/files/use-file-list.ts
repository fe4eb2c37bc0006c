import { nameKey } from '@cloudsync/crdt'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Node, NodeId, Space } from '@cloudsync/protocol'
import { useMemo, useState } from 'react'
import { useLatest } from '../ui/use-latest.ts'
import type { FileMenuState } from './file-menu.tsx'
import type { FileRowActions } from './file-row.tsx'
import { toggleSort, type SortKey } from './sort-nodes.ts'
import { useFolder } from './use-folder.ts'
import { useGridSelection } from './use-grid-selection.ts'
import { useSortedNodes } from './use-sorted-nodes.ts'

const noNodes: readonly Node[] = []

/** The state of the list of a space's files, and what can be done in it. */
export function useFileList(space: Space) {
  const folder = useFolder(space)
  const sort = useSearch({ from: '/shell/spaces/$spaceId' })
  const navigate = useNavigate({ from: '/spaces/$spaceId' })
  const [isNaming, setIsNaming] = useState(false)
  const [renaming, setRenaming] = useState<NodeId>()
  const [menu, setMenu] = useState<FileMenuState>()

  const nodes = useSortedNodes(folder.nodes ?? noNodes, sort)
  const order = useMemo(() => nodes.map(({ id }) => id), [nodes])
  const isTaken = useMemo(() => takenNames(nodes), [nodes])
  const grid = useGridSelection(order)
  const { focus, selected } = grid.selection
  const selectedNodes = useMemo(
    () => (selected.size === 0 ? [] : nodes.filter(({ id }) => selected.has(id))),
    [nodes, selected],
  )
  const open = (node: Node) => void navigate({ to: '/files/$nodeId', params: { nodeId: node.id } })
  const latest = useLatest({ open, rename: folder.rename, nodes })
  const { select } = grid

  // One object as long as the rows stay, so that rows need not be drawn again.
  const actions = useMemo<FileRowActions>(
    () => ({
      select,
      isTaken,
      open: (node) => latest.current.open(node),
      showMenu: (node, anchor) => setMenu({ node, anchor }),
      rename: (node, name) => void latest.current.rename(node, name),
      endRename: () => setRenaming(undefined),
      renameNext: (id) => {
        const { nodes: rows } = latest.current
        const next = rows[rows.findIndex((node) => node.id === id) + 1]
        if (!next) return
        select(next.id, 'replace')
        setRenaming(next.id)
      },
    }),
    [select, isTaken, latest],
  )

  return {
    ...grid,
    query: folder.query,
    nodes,
    sort,
    actions,
    isTaken,
    isNaming,
    renaming,
    menu,
    selectedNodes,
    setIsNaming,
    setRenaming,
    closeMenu: () => setMenu(undefined),
    toggleSort: (key: SortKey) => void navigate({ search: toggleSort(sort, key), replace: true }),
    createDocument: async (name: string) => {
      setIsNaming(false)
      const node = await folder.create(name)
      if (node) open(node)
    },
    /** What is selected, or else the row with the focus. */
    trashSelected: () => {
      const chosen =
        selectedNodes.length > 0 ? selectedNodes : nodes.filter(({ id }) => id === focus)
      if (chosen.length > 0) void folder.trash(chosen)
    },
  }
}

/** Whether a name is taken by another entry than `except`. Looked up only once somebody names something. */
function takenNames(nodes: readonly Node[]) {
  let owners: Map<string, NodeId> | undefined
  return (key: string, except?: NodeId): boolean => {
    owners ??= new Map(nodes.map(({ id, name }) => [nameKey(name), id]))
    const id = owners.get(key)
    return id !== undefined && id !== except
  }
}
