import type { Endpoint } from '#platform/http/endpoint.ts'
import { deleteAdminMember } from './delete-admin-member.ts'
import { deleteMember } from './delete-member.ts'
import { getSpaceDefaults } from './get-space-defaults.ts'
import { getSpace } from './get-space.ts'
import { listAdminMembers } from './list-admin-members.ts'
import { listAdminSpaces } from './list-admin-spaces.ts'
import { listMembers } from './list-members.ts'
import { listSpaces } from './list-spaces.ts'
import { patchAdminSpace } from './patch-admin-space.ts'
import { patchSpace } from './patch-space.ts'
import { postSpace } from './post-space.ts'
import { putAdminMember } from './put-admin-member.ts'
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
    listAdminMembers(context),
    putAdminMember(context),
    deleteAdminMember(context),
    getSpaceDefaults(context),
  ]
}
