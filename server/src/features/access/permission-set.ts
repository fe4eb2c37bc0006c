import {
  permissions,
  rolePermissions,
  roles,
  type Permission,
  type Role,
} from '@cloudsync/protocol'

/** Permissions as bits, so that a decision is a few machine instructions. */
export type PermissionSet = number

export const noPermissions: PermissionSet = 0

const bits = new Map(permissions.map((permission, index) => [permission, 1 << index]))

/** The set of these permissions; names of a later version are none. */
export function permissionSet(list: readonly string[]): PermissionSet {
  return list.reduce((set, each) => set | (bits.get(each as Permission) ?? 0), noPermissions)
}

const roleSets = Object.fromEntries(
  roles.map((role) => [role, permissionSet(rolePermissions[role])]),
) as Record<Role, PermissionSet>

export function setOfRole(role: Role): PermissionSet {
  return roleSets[role]
}

export function includes(set: PermissionSet, permission: Permission): boolean {
  return (set & (bits.get(permission) ?? 0)) !== 0
}

/** Whether `set` has everything that `wanted` has. */
export function covers(set: PermissionSet, wanted: PermissionSet): boolean {
  return (set & wanted) === wanted
}

export function listPermissions(set: PermissionSet): Permission[] {
  return permissions.filter((permission) => includes(set, permission))
}

/** The greatest built-in role of which `set` has everything. */
export function greatestRole(set: PermissionSet): Role | undefined {
  return roles.findLast((role) => covers(set, roleSets[role]))
}

export function greaterRole(one: Role | undefined, other: Role | undefined): Role | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return roles.indexOf(one) >= roles.indexOf(other) ? one : other
}
