import type { Endpoint } from '#platform/http/endpoint.ts'
import type { AccessRoutesContext } from './access-routes-context.ts'
import { deleteGrant } from './delete-grant.ts'
import { deleteGroupMember } from './delete-group-member.ts'
import { deleteGroup } from './delete-group.ts'
import { deleteRole } from './delete-role.ts'
import { getNodeAccess } from './get-node-access.ts'
import { listGrants } from './list-grants.ts'
import { listGroupMembers } from './list-group-members.ts'
import { listGroups } from './list-groups.ts'
import { listRoles } from './list-roles.ts'
import { patchGroup } from './patch-group.ts'
import { postGroup } from './post-group.ts'
import { postRole } from './post-role.ts'
import { putGrant } from './put-grant.ts'
import { putGroupMember } from './put-group-member.ts'
import { putRole } from './put-role.ts'

export function accessEndpoints(context: AccessRoutesContext): Endpoint[] {
  return [
    getNodeAccess(context),
    listGrants(context),
    putGrant(context),
    deleteGrant(context),
    listGroups(context),
    postGroup(context),
    patchGroup(context),
    deleteGroup(context),
    listGroupMembers(context),
    putGroupMember(context),
    deleteGroupMember(context),
    listRoles(context),
    postRole(context),
    putRole(context),
    deleteRole(context),
  ]
}
