import type { NodeId, NodeKind, Role, SpaceId, UserId } from '@cloudsync/protocol'

/** What a person may do with a node; each role is a set of these. */
export type Capability = 'read' | 'comment' | 'edit' | 'manage' | 'own'

/** A node as the access decision found it, with the caller's role on it. */
export interface NodeAccess {
  readonly nodeId: NodeId
  readonly spaceId: SpaceId
  readonly parentId: NodeId | null
  readonly kind: NodeKind
  readonly role: Role
  /** Whether the node or a folder above it lies in the trash. */
  readonly isTrashed: boolean
}

/** The one place that decides who may do what. */
export interface Access {
  /** The caller's access to a node, or `undefined` when there is no such node or the user may not read it. */
  findNodeAccess(userId: UserId, nodeId: NodeId): Promise<NodeAccess | undefined>

  /**
   * As `findNodeAccess`, but throws `not_found` where it gives `undefined` (existence is not told to
   * those who may not read) and `forbidden` when the role lacks `capability`.
   */
  requireNode(userId: UserId, nodeId: NodeId, capability: Capability): Promise<NodeAccess>

  /** The caller's role in a space; throws `not_found` or `forbidden` as `requireNode`. */
  requireSpace(userId: UserId, spaceId: SpaceId, capability: Capability): Promise<Role>

  /** The spaces in which the user may read something; who may read what there, the other methods tell. */
  listSpaces(userId: UserId): Promise<SpaceId[]>

  /** Calls `listener` when a user's access to a space has changed or ended. */
  onAccessChanged(listener: (change: AccessChange) => void): void
}

/** A user's role in a space is another one now, or none. */
export interface AccessChange {
  readonly userId: UserId
  readonly spaceId: SpaceId
}

/** The face for those who change roles. */
export interface AccessNotifier {
  /** Tells everybody who follows `onAccessChanged`; call it right after the commit of each change. */
  notifyAccessChanged(change: AccessChange): void
}

/** Whether `role` includes `capability`. */
export function allows(role: Role, capability: Capability): boolean {
  return capabilities[role].includes(capability)
}

const capabilities: Readonly<Record<Role, readonly Capability[]>> = {
  viewer: ['read'],
  commenter: ['read', 'comment'],
  editor: ['read', 'comment', 'edit'],
  manager: ['read', 'comment', 'edit', 'manage'],
  owner: ['read', 'comment', 'edit', 'manage', 'own'],
}
