import type { Role } from '@cloudsync/protocol'

export function canEdit(role: Role): boolean {
  return role === 'editor' || role === 'manager' || role === 'owner'
}

export function canManage(role: Role): boolean {
  return role === 'manager' || role === 'owner'
}

export const roleNames: Readonly<Record<Role, string>> = {
  viewer: 'Viewer',
  commenter: 'Commenter',
  editor: 'Editor',
  manager: 'Manager',
  owner: 'Owner',
}
