import type { Permission, Role } from '@cloudsync/protocol'
import { canEdit, canManage } from '../files/space-role.ts'

/** What this person may do with a node, as far as the page offers it. */
export interface Abilities {
  readonly canEdit: boolean
  /** Put something into the folder. */
  readonly canCreate: boolean
  /** Take what lies in the folder out of it: to another one, or to the trash. */
  readonly canTake: boolean
  readonly canShare: boolean
  /** Change everybody's grants, and whether it is private. */
  readonly canManage: boolean
}

export const noAbilities: Abilities = {
  canEdit: false,
  canCreate: false,
  canTake: false,
  canShare: false,
  canManage: false,
}

export function abilitiesOf(permissions: readonly Permission[]): Abilities {
  const has = (permission: Permission) => permissions.includes(permission)
  return {
    canEdit: has('node.edit'),
    canCreate: has('node.create'),
    // The folder lists its names no more: that is an edit of it.
    canTake: has('node.delete') && has('node.edit'),
    canShare: has('node.share'),
    canManage: has('node.manage'),
  }
}

/** Of a built-in role: what its permissions come to. */
export function abilitiesOfRole(role: Role): Abilities {
  const [edits, manages] = [canEdit(role), canManage(role)]
  return {
    canEdit: edits,
    canCreate: edits,
    canTake: edits,
    canShare: manages,
    canManage: manages,
  }
}

/** What is allowed of a node that does not inherit, in the list of its folder, which names it. */
export function abilitiesInFolder(own: Abilities, folder: Abilities): Abilities {
  return {
    ...own,
    canEdit: own.canEdit && folder.canEdit,
    canCreate: folder.canCreate,
    canTake: own.canTake && folder.canTake,
  }
}
