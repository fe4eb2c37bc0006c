import {
  rolePermissions,
  roles,
  type CustomRole,
  type Grant,
  type Permission,
  type PutGrantRequest,
  type Role,
} from '@cloudsync/protocol'
import { roleNames } from '../files/space-role.ts'

/** A role that can be given, as a menu shows it. */
export interface RoleChoice {
  readonly value: string
  readonly label: string
  readonly hint: string
  readonly permissions: readonly Permission[]
  /** How a request names it. */
  readonly terms: Pick<PutGrantRequest, 'role' | 'customRoleId'>
}

const hints: Readonly<Record<Role, string>> = {
  viewer: 'Sees and downloads it.',
  commenter: 'Sees and comments on it.',
  editor: 'Edits it, adds to it and deletes from it.',
  manager: 'Edits it, shares it, and decides who has access.',
  owner: 'Owns the whole space.',
}

/** All roles of the installation, the built-in ones first. */
export function allChoices(customRoles: readonly CustomRole[]): readonly RoleChoice[] {
  const builtIn = roles.map((role) => ({
    value: role,
    label: roleNames[role],
    hint: hints[role],
    permissions: rolePermissions[role],
    terms: { role },
  }))
  const custom = customRoles.map(({ id, name, permissions, countsAs }) => ({
    value: id,
    label: name,
    hint: `A role of this installation, like ${roleNames[countsAs].toLowerCase()}.`,
    permissions,
    terms: { customRoleId: id },
  }))
  return [...builtIn, ...custom]
}

/** Nobody gives more than they have; and only whole spaces are owned. */
export function givableChoices(
  choices: readonly RoleChoice[],
  own: readonly Permission[],
  isWholeSpace: boolean,
): readonly RoleChoice[] {
  return choices.filter(
    ({ value, permissions }) => (value !== 'owner' || isWholeSpace) && isCovered(permissions, own),
  )
}

export function choiceOf(
  choices: readonly RoleChoice[],
  { role, customRoleId }: Pick<Grant, 'role' | 'customRoleId'>,
): RoleChoice | undefined {
  return choices.find(({ value }) => value === (customRoleId ?? role))
}

/** Whether somebody may change or take back a grant that is not their own. */
export function mayChangeGrant(
  grant: Grant,
  choice: RoleChoice | undefined,
  caller: { readonly id: string; readonly permissions: readonly Permission[] },
): boolean {
  const { subject, createdBy } = grant
  if (subject.kind === 'link' || subject.id === caller.id || !choice) return false
  if (!isCovered(choice.permissions, caller.permissions)) return false
  return createdBy?.id === caller.id || caller.permissions.includes('node.manage')
}

function isCovered(permissions: readonly Permission[], own: readonly Permission[]): boolean {
  return permissions.every((permission) => own.includes(permission))
}
