import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Member, Node, NodeId, Page, Space } from '@cloudsync/protocol'
import { useMemo } from 'react'
import { listGroups, listRoles } from '../api/access-endpoints.ts'
import type { ApiClient } from '../api/api-client.ts'
import { useMe, useServices } from '../app/services.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import { loadSharing } from './load-sharing.ts'
import { allChoices, type RoleChoice } from './role-choices.ts'
import { recipientsOf, type Recipient } from './suggestions.ts'
import { accessKey } from './use-abilities.ts'

function sharingKey(id: NodeId) {
  return ['sharing', id] as const
}

/** Who has access to a node, kept fresh while somebody looks at it. */
export function useSharing(node: Node) {
  const { api } = useServices()
  return useQuery({
    queryKey: sharingKey(node.id),
    queryFn: ({ signal }) => loadSharing(api, node, signal),
    staleTime: 0,
    refetchInterval: 15_000,
  })
}

/** Asks anew who has access to a node, once somebody has changed it. */
export function useSharingChanged(id: NodeId): () => Promise<void> {
  const queryClient = useQueryClient()
  return async () => {
    void queryClient.invalidateQueries({ queryKey: accessKey })
    await queryClient.invalidateQueries({ queryKey: sharingKey(id) })
  }
}

/** All roles of the installation; the built-in ones until the others are known. */
export function useRoleChoices(): readonly RoleChoice[] {
  const { api } = useServices()
  const { data } = useQuery({
    queryKey: ['roles'],
    queryFn: ({ signal }) => listRoles(api, signal),
    staleTime: 60_000,
  })
  return useMemo(() => allChoices(data ?? []), [data])
}

/** Of so many spaces the members are suggested. */
const maxSpaces = 12

/** Whom this person can be suggested to share with. */
export function useRecipients(): readonly Recipient[] {
  const { api } = useServices()
  const me = useMe()
  const spaces = useSpaces().data
  const { data } = useQuery({
    queryKey: ['recipients', spaces?.length],
    queryFn: async ({ signal }) => {
      const asked = (spaces ?? []).slice(0, maxSpaces)
      const [groups, ...members] = await Promise.all([
        listGroups(api, signal),
        ...asked.map((space) => firstMembers(api, space, signal)),
      ])
      return recipientsOf(groups, members.flat(), me.id)
    },
    enabled: spaces !== undefined,
    staleTime: 60_000,
  })
  return data ?? nobody
}

const nobody: readonly Recipient[] = []

async function firstMembers(
  api: ApiClient,
  { id }: Space,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  return (await api.getJson<Page<Member>>(`/spaces/${id}/members?limit=1000`, signal)).items
}
