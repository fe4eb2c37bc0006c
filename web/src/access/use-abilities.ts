import { useQuery } from '@tanstack/react-query'
import type { NodeAccessReport, NodeId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { isApiError } from '../api/api-error.ts'
import { useServices } from '../app/services.tsx'
import { abilitiesOf, abilitiesOfRole, noAbilities, type Abilities } from './abilities.ts'
import type { SeenSpace } from './seen-space.ts'

/** What this person may do with nodes: who hears that one is something else by now asks of all anew. */
export const accessKey = ['access'] as const

export function accessQuery(api: ApiClient, id: NodeId) {
  return {
    queryKey: [...accessKey, id],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.getJson<NodeAccessReport>(`/nodes/${id}/access`, signal),
    // A grant changes nothing that a change feed would tell.
    staleTime: 0,
    refetchInterval: 30_000,
  }
}

export interface NodeAbilities {
  readonly may: Abilities
  /** The server has said so. */
  readonly isKnown: boolean
  /** The node is out of this person's sight, by now or from the start. */
  readonly isGone: boolean
}

/**
 * What this person may do with a node. Owners may do everything in their spaces; of others the role in the space
 * stands until the server has answered.
 */
export function useAbilities(space: SeenSpace | undefined, id: NodeId | undefined): NodeAbilities {
  const { api } = useServices()
  const isOwner = space?.role === 'owner'
  const { data, error } = useQuery({
    ...accessQuery(api, id ?? ('' as NodeId)),
    enabled: space !== undefined && id !== undefined && !isOwner,
  })
  if (!space || id === undefined) return { may: noAbilities, isKnown: false, isGone: false }
  if (isOwner) return { may: abilitiesOfRole('owner'), isKnown: true, isGone: false }
  if (isApiError(error, 'not_found')) return { may: noAbilities, isKnown: true, isGone: true }
  const may = data ? abilitiesOf(data.permissions) : abilitiesOfRole(space.role)
  return { may, isKnown: data !== undefined, isGone: false }
}
