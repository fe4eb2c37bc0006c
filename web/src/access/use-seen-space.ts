import { useQuery } from '@tanstack/react-query'
import type { SpaceId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { listChanges } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import type { SeenSpace, SharedPlace } from './seen-space.ts'

/** The space of an address or of a node, whether this person is a member of it or was given a part of it. */
export function useSeenSpace(spaceId: SpaceId | undefined) {
  const { api } = useServices()
  const spaces = useSpaces()
  const member = spaces.data?.find(({ id }) => id === spaceId)
  const isStranger = spaces.data !== undefined && !member && spaceId !== undefined
  const place = useQuery({
    queryKey: ['shared place', spaceId],
    queryFn: ({ signal }) => openPlace(api, spaceId as SpaceId, signal),
    enabled: isStranger,
    // Where to begin with what has changed does not grow old.
    staleTime: Infinity,
  })
  const space: SeenSpace | undefined = member ?? (isStranger ? place.data : undefined)
  const failed = isStranger ? place : spaces
  return {
    space,
    error: space ? undefined : (failed.error ?? undefined),
    isPending: !space && failed.isPending,
    retry: () => void failed.refetch(),
  }
}

async function openPlace(api: ApiClient, id: SpaceId, signal: AbortSignal): Promise<SharedPlace> {
  const { nextCursor } = await listChanges(api, id, 'latest', signal)
  return {
    kind: 'shared',
    id,
    name: 'Shared with me',
    rootId: undefined,
    role: 'viewer',
    seq: Number(nextCursor),
    trashDays: undefined,
  }
}
