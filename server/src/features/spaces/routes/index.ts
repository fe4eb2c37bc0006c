import type { Endpoint } from '#platform/http/endpoint.ts'
import { deleteMember } from './delete-member.ts'
import { getSpace } from './get-space.ts'
import { listAdminSpaces } from './list-admin-spaces.ts'
import { listMembers } from './list-members.ts'
import { listSpaces } from './list-spaces.ts'
import { patchAdminSpace } from './patch-admin-space.ts'
import { patchSpace } from './patch-space.ts'
import { postSpace } from './post-space.ts'
import { putMember } from './put-member.ts'
import type { SpaceRoutesContext } from './space-routes-context.ts'

export function spaceEndpoints(context: SpaceRoutesContext): Endpoint[] {
  return [
    listSpaces(context),
    postSpace(context),
    patchSpace(context),
    getSpace(context),
    listMembers(context),
    putMember(context),
    deleteMember(context),
    listAdminSpaces(context),
    patchAdminSpace(context),
  ]
}
