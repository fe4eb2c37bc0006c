import type { Member, Page, SpaceId } from '@cloudsync/protocol'
import { listGroups } from '../api/access-endpoints.ts'
import type { ApiClient } from '../api/api-client.ts'
import { isApiError } from '../api/api-error.ts'
import { recipientsOf, type Recipient } from './suggestions.ts'

/** Of so many spaces the members are suggested. */
const maxSpaces = 12

/** Whom somebody who is in these spaces knows. */
export async function loadRecipients(
  api: ApiClient,
  { spaces, ownId }: { readonly spaces: readonly SpaceId[]; readonly ownId: string },
  signal: AbortSignal,
): Promise<readonly Recipient[]> {
  const [groups, ...members] = await Promise.all([
    listGroups(api, signal),
    ...spaces.slice(0, maxSpaces).map((id) => firstMembers(api, id, signal)),
  ])
  return recipientsOf(groups, members.flat(), ownId)
}

/** None of a space that this person has just lost. */
async function firstMembers(
  api: ApiClient,
  id: SpaceId,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  try {
    return (await api.getJson<Page<Member>>(`/spaces/${id}/members?limit=1000`, signal)).items
  } catch (error) {
    if (isApiError(error, 'forbidden') || isApiError(error, 'not_found')) return []
    throw error
  }
}
