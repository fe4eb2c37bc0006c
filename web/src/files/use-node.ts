import { queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import type { Node, NodeId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { getNode } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'
import type { FolderListing } from './children-query.ts'

export function nodeKey(id: NodeId) {
  return ['node', id] as const
}

export function nodeQuery(api: ApiClient, id: NodeId) {
  return queryOptions({
    queryKey: nodeKey(id),
    queryFn: ({ signal }) => getNode(api, id, signal),
  })
}

/** A node by its id. What a listing has shown of it stands until the server has answered. */
export function useNode(id: NodeId) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  return useQuery({
    ...nodeQuery(api, id),
    placeholderData: () => findListed(queryClient, id),
    // Others may rename it or move it to the trash.
    refetchInterval: 30_000,
  })
}

function findListed(queryClient: QueryClient, id: NodeId): Node | undefined {
  for (const [, listing] of queryClient.getQueriesData<FolderListing>({ queryKey: ['children'] })) {
    const node = listing?.nodes.find((candidate) => candidate.id === id)
    if (node) return node
  }
  return undefined
}
