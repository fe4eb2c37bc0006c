import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Node, NodeId } from '@cloudsync/protocol'
import { useMemo, useState } from 'react'
import { abilitiesInFolder, type Abilities } from '../access/abilities.ts'
import { useAbilities } from '../access/use-abilities.ts'
import { useFolderView } from '../tree/tree-context.tsx'
import { useLatest } from '../ui/use-latest.ts'
import type { FileCommands } from './file-commands.ts'
import type { FileMenuState } from './file-menu.tsx'
import type { FileRowActions } from './file-row.tsx'
import { recallPlace } from './list-memory.ts'
import { readSort, toggleSort, type SortKey } from './sort-nodes.ts'
import { useFileCommands, type FolderPlace } from './use-file-commands.ts'
import { useGridSelection } from './use-grid-selection.ts'
import { useSortedNodes } from './use-sorted-nodes.ts'

/** A dialog that is open over the list. */
export type ListDialog =
  | { readonly kind: 'target'; readonly mode: 'move' | 'copy'; readonly nodes: readonly Node[] }
  | { readonly kind: 'quickLook' }
  | { readonly kind: 'share'; readonly node: Node }

/** The state of the list of a folder's entries, and what can be done in it. */
export function useFileList(place: FolderPlace) {
  const view = useFolderView(place.opened.tree, place.folderId, 'all')
  const { sort, sortBy } = useSort()
  const [naming, setNaming] = useState<'text' | 'folder'>()
  const [renaming, setRenaming] = useState<NodeId>()
  const [menu, setMenu] = useState<FileMenuState>()
  const [dialog, setDialog] = useState<ListDialog>()
  const [showsDetails, setShowsDetails] = useState(false)

  const nodes = useSortedNodes(view.nodes, sort)
  const order = useMemo(() => nodes.map(({ id }) => id), [nodes])
  const grid = useGridSelection(order, recallPlace(place.folderId)?.focus)
  const chosen = useChosen(nodes, grid.selection)
  const folder = useFileCommands(place)
  const may = useMayDo(place, chosen)
  const latest = useLatest({ folder, nodes, grid })
  const { select } = grid

  const commands: FileCommands = {
    ...folder,
    may,
    nodes: chosen,
    share: (node) => setDialog({ kind: 'share', node }),
    showDetails: () => setShowsDetails((isShown) => !isShown),
    quickLook: () => setDialog({ kind: 'quickLook' }),
    startRename: setRenaming,
    pickTarget: (mode, targets) => setDialog({ kind: 'target', mode, nodes: targets }),
    startNaming: setNaming,
    selectAll: grid.all,
    clear: grid.clear,
  }
  // One object as long as the rows stay, so that rows need not be drawn again.
  const actions = useMemo<FileRowActions>(
    () => ({
      select,
      siblings: () => latest.current.nodes,
      open: (node) => latest.current.folder.open(node),
      showMenu: (node, anchor) =>
        setMenu({ id: node.id, label: `Actions for ${node.name}`, anchor }),
      rename: (node, name) => latest.current.folder.rename(node, name),
      endRename: () => setRenaming(undefined),
      renameNext: (id) => {
        const { nodes: rows } = latest.current
        const next = rows[rows.findIndex((node) => node.id === id) + 1]
        if (!next) return
        select(next.id, 'replace')
        setRenaming(next.id)
      },
      draggedBy: (node) => {
        const { selected } = latest.current.grid.selection
        if (!selected.has(node.id)) return [node.id]
        return latest.current.nodes
          .filter(({ id, isReadable }) => isReadable && selected.has(id))
          .map(({ id }) => id)
      },
    }),
    [select, latest],
  )

  return {
    ...grid,
    view,
    nodes,
    sort,
    sortBy,
    actions,
    commands,
    naming,
    renaming,
    menu,
    dialog,
    showsDetails,
    selectedCount: grid.selection.selected.size,
    setMenu,
    setDialog,
    setShowsDetails,
    endNaming: () => setNaming(undefined),
    create: (name: string) => {
      setNaming(undefined)
      if (naming) void folder.create(naming, name)
    },
  }
}

/** What actions are about: the selected rows in their order, or else the row with the focus. */
function useChosen(
  nodes: readonly Node[],
  { selected, focus }: { selected: ReadonlySet<NodeId>; focus: NodeId | undefined },
): readonly Node[] {
  return useMemo(() => {
    if (selected.size > 0) return nodes.filter(({ id }) => selected.has(id))
    return focus === undefined ? [] : nodes.filter(({ id }) => id === focus)
  }, [nodes, selected, focus])
}

/** Rows are as their folder, but for private ones: what is granted above does not count there. */
function useMayDo({ space, may }: FolderPlace, chosen: readonly Node[]): Abilities {
  const isPrivate = chosen.length === 1 && chosen[0]?.inherits === false && chosen[0].isReadable
  const own = useAbilities(space, isPrivate ? chosen[0]?.id : undefined)
  return useMemo(
    () => (isPrivate ? abilitiesInFolder(own.may, may) : may),
    [isPrivate, may, own.may],
  )
}

function useSort() {
  const { sort: key, dir } = readSort(useSearch({ strict: false }))
  const navigate = useNavigate()
  const sort = useMemo(() => readSort({ sort: key, dir }), [key, dir])
  const sortBy = (column: SortKey) =>
    void navigate({ to: '.', search: toggleSort(sort, column), replace: true })
  return { sort, sortBy }
}
