/**
 * What somebody may be allowed to do with a node; what is about a space counts on its root folder. To
 * take a node out of a folder, or to give it another name, needs a permission on both.
 */
export const permissions = [
  /** See it: its name, what it holds, its versions, who is there. */
  'node.read',
  'node.comment',
  /** Change its content or its name; of a folder, which names it lists. */
  'node.edit',
  /** Put something into the folder. */
  'node.create',
  /** Take it out of its folder: to another one, to the trash, for good. */
  'node.delete',
  /** Make it what an earlier version was. */
  'version.restore',
  /** Let others have of it what one has, and take that back. */
  'node.share',
  /** Change everybody's grants on it, whether it inherits, and its policy. */
  'node.manage',
  /** Change the space itself, and who its members are. */
  'space.manage',
  /** Whatever happens to private folders of the space, nobody can shut this person out. */
  'space.own',
] as const
export type Permission = (typeof permissions)[number]

/** The built-in roles, from the least to the greatest. */
export const roles = ['viewer', 'commenter', 'editor', 'manager', 'owner'] as const
export type Role = (typeof roles)[number]

const viewer = ['node.read'] as const
const commenter = [...viewer, 'node.comment'] as const
const editor = [...commenter, 'node.edit', 'node.create', 'node.delete', 'version.restore'] as const
const manager = [...editor, 'node.share', 'node.manage', 'space.manage'] as const

/** Each role is a set of permissions, and includes the one before it. */
export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  viewer,
  commenter,
  editor,
  manager,
  owner: [...manager, 'space.own'],
}
