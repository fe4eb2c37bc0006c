import type { NodeId, Role, SpaceId, UserId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Notices } from '#platform/db/notices.ts'
import { ProblemError } from '#platform/problem-error.ts'
import {
  allows,
  type Access,
  type AccessChange,
  type AccessNotifier,
  type Capability,
  type NodeAccess,
} from './access.ts'
import { RoleCache } from './role-cache.ts'

export interface AccessOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly notices: Pick<Notices, 'on' | 'send'>
}

/** Decides by membership: a user's role on a node is the user's role in the node's space. */
export function openAccess(options: AccessOptions): Access & AccessNotifier {
  return new MembershipAccess(options)
}

/** The notice to other servers. */
const accessChanged = 'access_changed'

class MembershipAccess implements Access, AccessNotifier {
  readonly #db: Database
  readonly #log: Logger
  readonly #roles: RoleCache
  readonly #listeners: ((change: AccessChange) => void)[] = []

  readonly #notices: AccessOptions['notices']

  constructor(options: AccessOptions) {
    this.#db = options.db
    this.#notices = options.notices
    this.#log = options.log
    this.#roles = new RoleCache({
      clock: options.clock,
      read: (userId, spaceId) => this.#readRole(userId, spaceId),
      maxAgeMs: 1000,
      maxEntries: 10_000,
    })
    this.#notices.on(accessChanged, ({ userId, spaceId }) =>
      this.#tell({ userId: userId as UserId, spaceId: spaceId as SpaceId }),
    )
  }

  async findNodeAccess(userId: UserId, nodeId: NodeId): Promise<NodeAccess | undefined> {
    const node = await this.#findNode(nodeId)
    if (!node) return undefined
    const role =
      this.#roles.peek(userId, node.spaceId) ?? (await this.#roles.read(userId, node.spaceId))
    return role === undefined ? undefined : { ...node, role }
  }

  async requireNode(userId: UserId, nodeId: NodeId, capability: Capability): Promise<NodeAccess> {
    const node = await this.#findNode(nodeId)
    if (!node) throw new ProblemError('not_found')
    const role = await this.requireSpace(userId, node.spaceId, capability)
    return { ...node, role }
  }

  /** What is remembered can only say yes; before a no, the database is asked. */
  async requireSpace(userId: UserId, spaceId: SpaceId, capability: Capability): Promise<Role> {
    const remembered = this.#roles.peek(userId, spaceId)
    if (remembered !== undefined && allows(remembered, capability)) return remembered
    const role = await this.#roles.read(userId, spaceId)
    if (role === undefined) throw new ProblemError('not_found')
    if (!allows(role, capability)) throw new ProblemError('forbidden')
    return role
  }

  async listSpaces(userId: UserId): Promise<SpaceId[]> {
    const rows = await this.#db.kysely
      .selectFrom('space_members')
      .select('space_id')
      .where('user_id', '=', userId)
      .execute()
    return rows.map((row) => row.space_id)
  }

  onAccessChanged(listener: (change: AccessChange) => void): void {
    this.#listeners.push(listener)
  }

  notifyAccessChanged(change: AccessChange): void {
    this.#tell(change)
    void this.#notices.send(accessChanged, { ...change })
  }

  #tell(change: AccessChange): void {
    this.#roles.forget(change.userId, change.spaceId)
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        this.#log.error({ err: error, ...change }, 'a listener to access changes failed')
      }
    }
  }

  /** A node in a folder that lies in the trash is in the trash too, though its row says nothing of it. */
  async #findNode(nodeId: NodeId): Promise<Omit<NodeAccess, 'role'> | undefined> {
    const { rows } = await sql<Omit<NodeAccess, 'role'>>`
      WITH RECURSIVE path AS (
        SELECT id, parent_id, trashed_at FROM nodes WHERE id = ${nodeId}
        UNION ALL
        SELECT parent.id, parent.parent_id, parent.trashed_at
        FROM path JOIN nodes parent ON parent.id = path.parent_id
        WHERE path.trashed_at IS NULL
      )
      SELECT id AS "nodeId", space_id AS "spaceId", parent_id AS "parentId", kind,
        EXISTS (SELECT FROM path WHERE trashed_at IS NOT NULL) AS "isTrashed"
      FROM nodes WHERE id = ${nodeId}
    `.execute(this.#db.kysely)
    return rows[0]
  }

  async #readRole(userId: UserId, spaceId: SpaceId): Promise<Role | undefined> {
    const member = await this.#db.kysely
      .selectFrom('space_members')
      .select('role')
      .where('space_id', '=', spaceId)
      .where('user_id', '=', userId)
      .executeTakeFirst()
    return member?.role
  }
}
