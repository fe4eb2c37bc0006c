import type { NodeId, NodeKind, Permission, Role, SpaceId, UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { includes, type PermissionSet } from './permission-set.ts'

/** A node as the access decision found it, with what the caller may do with it. */
export interface NodeAccess {
  readonly nodeId: NodeId
  readonly spaceId: SpaceId
  readonly parentId: NodeId | null
  readonly kind: NodeKind
  readonly permissions: PermissionSet
  /** The greatest built-in role that it comes to, for those who know only these. */
  readonly role: Role
  /** Whether the node or a folder above it lies in the trash. */
  readonly isTrashed: boolean
}

/** Whether what was found includes a permission. */
export function may(found: NodeAccess, permission: Permission): boolean {
  return includes(found.permissions, permission)
}

/** The one place that decides who may do what. */
export interface Access {
  /** The caller's access to a node, or `undefined` when there is no such node or the user may not read it. */
  findNodeAccess(userId: UserId, nodeId: NodeId): Promise<NodeAccess | undefined>

  /**
   * As `findNodeAccess`, but throws `not_found` where it gives `undefined` (existence is not told to
   * those who may not read) and `forbidden` when the `permission` is lacking.
   */
  requireNode(userId: UserId, nodeId: NodeId, permission: Permission): Promise<NodeAccess>

  /** The caller's access to the root of a space; throws `not_found` or `forbidden` as `requireNode`. */
  requireSpace(userId: UserId, spaceId: SpaceId, permission: Permission): Promise<NodeAccess>

  /** Those of the nodes that the user may read; asks with one query for what is not remembered. */
  listAccess(userId: UserId, nodeIds: readonly NodeId[]): Promise<ReadonlyMap<NodeId, NodeAccess>>

  /** As `listAccess`, within a transaction: what it gives is decided by what the transaction sees. */
  listAccessIn(
    tx: Kysely<Schema>,
    userId: UserId,
    nodeIds: readonly NodeId[],
  ): Promise<ReadonlyMap<NodeId, NodeAccess>>

  /**
   * The spaces in which something was granted to the user, members or not. Who may read what there, the other
   * methods tell.
   */
  listSpaces(userId: UserId): Promise<SpaceId[]>

  /** Lets pass whom something in the space was granted, members or not, and gives its root; throws `not_found`. */
  requireInside(userId: UserId, spaceId: SpaceId): Promise<NodeId>

  /**
   * Of what somebody may see of a space: another string, when grants, groups, roles, time or private folders have
   * changed it. Never newer than what is read after it.
   */
  readEpoch(userId: UserId, spaceId: SpaceId): Promise<string>

  /**
   * The nodes of a space on which something was granted to somebody, and still is; whether they may read them, the other
   * methods tell.
   */
  listGranted(userId: UserId, spaceId: SpaceId): Promise<NodeId[]>

  /** Calls `listener` when somebody's access may have changed or ended. It is asked anew by then. */
  onAccessChanged(listener: (change: AccessChange) => void): void
}

/** Who may do what is something else now. */
export interface AccessChange {
  /** Unset: in any space. */
  readonly spaceId?: SpaceId | undefined
  /** Whose it is above all; others may have theirs from them. Unset: anybody's. */
  readonly userId?: UserId | undefined
}

/** The face for those who change what access depends on. */
export interface AccessNotifier {
  /** Tells everybody who follows `onAccessChanged`; call it right after the commit of each change. */
  notifyAccessChanged(change: AccessChange): void

  /** As `notifyAccessChanged`, of what every server finds out by itself. */
  noteAccessChanged(change: AccessChange): void

  /** A node of the space lies elsewhere now, in the trash or out of it: call it right after the commit. */
  notifyTreeChanged(spaceId: SpaceId): void
}
