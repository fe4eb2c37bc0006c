import { useQueryClient } from '@tanstack/react-query'
import type { Node, NodeId } from '@cloudsync/protocol'
import {
  createContext,
  use,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { useServices } from '../app/services.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { toasts } from '../ui/toast-list.ts'
import { browserNudges } from './browser-nudges.ts'
import type { ListingState } from './folder-lister.ts'
import type { SpaceTree, TreeSpace } from './space-tree.ts'
import { SpaceTrees, type OpenTree } from './space-trees.ts'
import type { FolderView, Scope } from './tree-store.ts'

const ConflictDialog = lazyPart(
  async () => (await import('../conflicts/conflict-dialog.tsx')).ConflictDialog,
)

const TreesContext = createContext<SpaceTrees | undefined>(undefined)

/** Holds the trees while somebody is signed in. */
export function TreesProvider({ children }: { readonly children: ReactNode }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [trees] = useState(() => new SpaceTrees({ api, toasts, nudges: browserNudges() }))
  useEffect(
    // A page about a single node shows what the tree has heard of it.
    () =>
      trees.subscribe(() => {
        for (const [queryKey, shown] of queryClient.getQueriesData<Node>({ queryKey: ['node'] })) {
          const node = shown && trees.findNode(shown.id)
          if (node && node !== shown && node.seq >= shown.seq)
            queryClient.setQueryData(queryKey, node)
        }
      }),
    [queryClient, trees],
  )
  const conflict = useSyncExternalStore(trees.subscribe, () => trees.openConflict)
  return (
    <TreesContext value={trees}>
      {children}
      {conflict && <ConflictDialog {...conflict} onClose={() => trees.decide(undefined)} />}
    </TreesContext>
  )
}

export function useTrees(): SpaceTrees {
  const trees = use(TreesContext)
  if (!trees) throw new Error('There are no trees around this component')
  return trees
}

export function useSpaceTree(space: TreeSpace): OpenTree {
  const trees = useTrees()
  return useMemo(() => trees.get(space), [trees, space])
}

export interface WatchedFolder extends FolderView {
  readonly state: ListingState
}

/** What is in a folder, read when it is first looked at and kept true from then on. */
export function useFolderView(
  tree: SpaceTree,
  folderId: NodeId,
  scope: Scope,
  isWatched = true,
): WatchedFolder {
  useEffect(
    () => (isWatched ? tree.watch(folderId, scope) : undefined),
    [tree, folderId, scope, isWatched],
  )
  const view = useSyncExternalStore(tree.subscribe, () => tree.store.view(folderId, scope))
  const state = useSyncExternalStore(tree.subscribe, () => tree.listingState(folderId, scope))
  return useMemo(() => ({ ...view, state }), [view, state])
}

export function useTreeNode(tree: SpaceTree, id: NodeId): Node | undefined {
  return useSyncExternalStore(tree.subscribe, () => tree.store.node(id))
}

/** The folders above a node, the root first; read when they are not known. */
export function useAncestors(tree: SpaceTree, id: NodeId): readonly Node[] {
  const version = useSyncExternalStore(tree.subscribe, () => tree.store.version)
  useEffect(() => void tree.loadAncestors(id).catch(() => undefined), [tree, id])
  // The version stands for everything that the walk up reads.
  return useMemo(() => tree.ancestors(id), [tree, id, version])
}
