export {
  may,
  type Access,
  type AccessChange,
  type AccessNotifier,
  type NodeAccess,
} from './access.ts'
export { authorizeBy } from './authorize.ts'
export {
  findMembership,
  listMemberships,
  membershipsOf,
  putMembership,
  removeMembership,
  type MembershipRef,
} from './memberships.ts'
export { GrantExpiries } from './grant-expiries.ts'
export { openSharing } from './open-sharing.ts'
export { keepForMaker } from './private-folders.ts'
export { sharedWith } from './shared-with.ts'
export { openAccess, type AccessOptions } from './open-access.ts'
export {
  covers,
  includes,
  noPermissions,
  permissionSet,
  setOfRole,
  type PermissionSet,
} from './permission-set.ts'
