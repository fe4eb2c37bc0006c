import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { NodeId } from '@cloudsync/protocol'
import { diffVersion, listVersions, readVersion } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'

export function versionsKey(nodeId: NodeId) {
  return ['versions', nodeId] as const
}

/** The versions of a file, the newest first, page by page. */
export function useVersions(nodeId: NodeId) {
  const { api } = useServices()
  return useInfiniteQuery({
    queryKey: versionsKey(nodeId),
    queryFn: ({ pageParam, signal }) => listVersions(api, nodeId, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: 30_000,
  })
}

/** What changed from a version to another, or to the text as it is now. */
export function useVersionDiff(
  nodeId: NodeId,
  from: number,
  to: number | undefined,
  isWanted: boolean,
) {
  const { api } = useServices()
  return useQuery({
    queryKey: ['version-diff', nodeId, from, to ?? 'now'],
    queryFn: ({ signal }) => diffVersion(api, nodeId, from, to, signal),
    enabled: isWanted,
    // Versions never change; the text does.
    staleTime: to === undefined ? 0 : Infinity,
  })
}

export function useVersionText(nodeId: NodeId, number: number, isWanted: boolean) {
  const { api } = useServices()
  return useQuery({
    queryKey: ['version-text', nodeId, number],
    queryFn: async ({ signal }) => (await readVersion(api, nodeId, number, signal)).text(),
    enabled: isWanted,
    staleTime: Infinity,
  })
}
