import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Node, NodeId } from '@cloudsync/protocol'
import { useMemo } from 'react'
import { listRoles } from '../api/access-endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import { loadRecipients } from './load-recipients.ts'
import { loadSharing } from './load-sharing.ts'
import { allChoices, type RoleChoice } from './role-choices.ts'
import type { Recipient } from './suggestions.ts'
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

/** Whom this person can be suggested to share with. */
export function useRecipients(): readonly Recipient[] {
  const { api } = useServices()
  const me = useMe()
  const spaces = useSpaces().data
  const ids = (spaces ?? []).map(({ id }) => id)
  const { data } = useQuery({
    queryKey: ['recipients', ...ids],
    queryFn: ({ signal }) => loadRecipients(api, { spaces: ids, ownId: me.id }, signal),
    enabled: spaces !== undefined,
    staleTime: 60_000,
  })
  return data ?? nobody
}

const nobody: readonly Recipient[] = []
