import { queryOptions, useQuery } from '@tanstack/react-query'
import type { NodeId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { getNode } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'
import { useTrees } from '../tree/tree-context.tsx'

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
  const trees = useTrees()
  return useQuery({
    ...nodeQuery(api, id),
    placeholderData: () => trees.findNode(id),
    // Others may rename it or move it to the trash.
    refetchInterval: 30_000,
  })
}
