import type { CustomRoleRequest, Permission, Role } from '@cloudsync/protocol'

/** What a custom role may hold. */
export type GivenPermission = CustomRoleRequest['permissions'][number]

export const permissionWords: Readonly<Record<Permission, string>> = {
  'node.read': 'See files and folders, their versions, and who is there',
  'node.comment': 'Comment',
  'node.edit': 'Change contents and names',
  'node.create': 'Put something into folders',
  'node.delete': 'Move things elsewhere, and to the trash',
  'version.restore': 'Bring earlier versions back',
  'node.share': 'Share with others what they may do themselves',
  'node.manage': 'Change who may do what, and the rules of folders',
  'space.manage': 'Change the space and its members',
  'space.own': 'Be shut out by nobody',
}

/** The same in a word or two, for a list of them. */
export const permissionNames: Readonly<Record<Permission, string>> = {
  'node.read': 'see',
  'node.comment': 'comment',
  'node.edit': 'change',
  'node.create': 'add',
  'node.delete': 'remove',
  'version.restore': 'restore versions',
  'node.share': 'share',
  'node.manage': 'manage access',
  'space.manage': 'manage the space',
  'space.own': 'own the space',
}

export const givenRoles: readonly Exclude<Role, 'owner'>[] = [
  'viewer',
  'commenter',
  'editor',
  'manager',
]
