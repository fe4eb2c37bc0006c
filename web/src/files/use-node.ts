import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import type { Node, NodeId } from '@cloudsync/protocol'
import { getNode } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'
import type { FolderListing } from './children-query.ts'

export function nodeKey(id: NodeId) {
  return ['node', id] as const
}

/** A node by its id. What a listing has shown of it stands until the server has answered. */
export function useNode(id: NodeId) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  return useQuery({
    queryKey: nodeKey(id),
    queryFn: ({ signal }) => getNode(api, id, signal),
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
