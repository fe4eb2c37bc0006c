import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { Node, NodeId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { listChildren } from '../api/endpoints.ts'
import { keepUnchanged, withNode } from './folder-operations.ts'

export interface FolderListing {
  readonly nodes: readonly Node[]
  /** False while further pages are on their way. */
  readonly isComplete: boolean
}

function childrenKey(parentId: NodeId) {
  return ['children', parentId] as const
}

/** Up to here a folder is asked for again now and then; a larger one when the page comes to the front. */
const pollUpTo = 1000
const pollMs = 10_000
const showEveryMs = 400

/** Everything in a folder. What has come is shown while the rest is still being fetched. */
export function childrenQuery(api: ApiClient, queryClient: QueryClient, parentId: NodeId) {
  const queryKey = childrenKey(parentId)
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }): Promise<FolderListing> => {
      const before = queryClient.getQueryData<FolderListing>(queryKey)
      const nodes: Node[] = []
      let cursor: string | undefined
      let shownAt = 0
      for (;;) {
        const page = await listChildren(api, parentId, cursor, signal)
        nodes.push(...page.items)
        if (page.nextCursor === null) break
        cursor = page.nextCursor
        // The first page at once; then not for every page, each showing costs a few frames.
        if (before?.isComplete !== true && Date.now() - shownAt >= showEveryMs) {
          shownAt = Date.now()
          queryClient.setQueryData<FolderListing>(queryKey, {
            nodes: [...nodes],
            isComplete: false,
          })
        }
      }
      return { nodes: keepUnchanged(before?.nodes, nodes), isComplete: true }
    },
    structuralSharing: false,
    refetchInterval: ({ state }) => ((state.data?.nodes.length ?? 0) <= pollUpTo ? pollMs : false),
    refetchOnWindowFocus: ({ state }) =>
      (state.data?.nodes.length ?? 0) <= pollUpTo || Date.now() - state.dataUpdatedAt > 60_000,
  })
}

/** Writes a node into the listing as the server has just answered it, over any listing under way. */
export async function putListedNode(queryClient: QueryClient, node: Node): Promise<void> {
  if (node.parentId === null) return
  const queryKey = childrenKey(node.parentId)
  await queryClient.cancelQueries({ queryKey })
  queryClient.setQueryData<FolderListing>(
    queryKey,
    (listing) => listing && { ...listing, nodes: withNode(listing.nodes, node) },
  )
}

export async function dropListedNodes(
  queryClient: QueryClient,
  parentId: NodeId,
  ids: ReadonlySet<NodeId>,
): Promise<void> {
  const queryKey = childrenKey(parentId)
  await queryClient.cancelQueries({ queryKey })
  queryClient.setQueryData<FolderListing>(
    queryKey,
    (listing) => listing && { ...listing, nodes: listing.nodes.filter(({ id }) => !ids.has(id)) },
  )
}
