import type { NodeId, Permission, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Notices } from '#platform/db/notices.ts'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { AccessCache } from './access-cache.ts'
import { readAccessEpoch } from './access-epoch.ts'
import { readAccess, type ReadAccess } from './access-reader.ts'
import { ReadMoments } from './read-moments.ts'
import {
  may,
  type Access,
  type AccessChange,
  type AccessNotifier,
  type NodeAccess,
} from './access.ts'

export interface AccessOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly notices: Pick<Notices, 'on' | 'onMissed' | 'send'>
}

/** Decides by the grants on a node and above it. */
export function openAccess(options: AccessOptions): Access & AccessNotifier {
  return new GrantedAccess(options)
}

/** The notices to other servers. */
const accessChanged = 'access_changed'
const treeChanged = 'tree_changed'

/** What happens to trees comes in floods; followers look again once for so long. */
const gatherMs = 100

class GrantedAccess implements Access, AccessNotifier {
  readonly #options: AccessOptions
  readonly #moments: ReadMoments
  readonly #cache: AccessCache
  readonly #listeners: ((change: AccessChange) => void)[] = []
  readonly #roots = new Map<SpaceId, NodeId>()
  readonly #reads = new Map<string, Promise<ReadonlyMap<NodeId, NodeAccess>>>()
  readonly #dueTrees = new Set<SpaceId>()

  constructor(options: AccessOptions) {
    this.#options = options
    const { clock, notices } = options
    this.#moments = new ReadMoments(clock, maxAgeMs)
    this.#cache = new AccessCache(this.#moments, maxRemembered)
    notices.on(accessChanged, ({ userId, spaceId }) =>
      this.#tell({
        userId: (userId ?? undefined) as UserId | undefined,
        spaceId: (spaceId ?? undefined) as SpaceId | undefined,
      }),
    )
    notices.on(treeChanged, ({ spaceId }) => this.#tell({ spaceId: spaceId as SpaceId }))
    notices.onMissed(() => this.#tell({}))
  }

  async findNodeAccess(userId: UserId, nodeId: NodeId): Promise<NodeAccess | undefined> {
    return this.#cache.find(userId, nodeId) ?? (await this.#sharedRead(userId, nodeId))
  }

  /** What is remembered can only say yes; before a no, the database is asked. */
  async requireNode(userId: UserId, nodeId: NodeId, permission: Permission): Promise<NodeAccess> {
    const remembered = this.#cache.find(userId, nodeId)
    if (remembered && may(remembered, permission)) return remembered
    const found = (await this.#read(userId, [nodeId])).get(nodeId)
    if (!found) throw new ProblemError('not_found')
    if (!may(found, permission)) throw new ProblemError('forbidden')
    return found
  }

  async requireSpace(
    userId: UserId,
    spaceId: SpaceId,
    permission: Permission,
  ): Promise<NodeAccess> {
    return this.requireNode(userId, await this.#rootOf(spaceId), permission)
  }

  async listAccess(
    userId: UserId,
    nodeIds: readonly NodeId[],
  ): Promise<ReadonlyMap<NodeId, NodeAccess>> {
    const found = new Map<NodeId, NodeAccess>()
    for (const id of nodeIds) {
      const remembered = this.#cache.find(userId, id)
      if (remembered) found.set(id, remembered)
    }
    const others = nodeIds.filter((id) => !found.has(id))
    if (others.length === 0) return found
    for (const [id, access] of await this.#read(userId, others)) found.set(id, access)
    return found
  }

  async listAccessIn(
    tx: Kysely<Schema>,
    userId: UserId,
    nodeIds: readonly NodeId[],
  ): Promise<ReadonlyMap<NodeId, NodeAccess>> {
    return pickAccess(await readAccess(tx, userId, nodeIds, this.#options.clock.now()), nodeIds)
  }

  async listSpaces(userId: UserId): Promise<SpaceId[]> {
    const { rows } = await sql<{ id: SpaceId }>`
      SELECT DISTINCT space_id AS id FROM grants
      WHERE (subject_id = ${userId}
          OR subject_id IN (SELECT group_id FROM group_members WHERE user_id = ${userId}))
        AND (expires_at IS NULL OR expires_at > ${this.#options.clock.now()})
    `.execute(this.#options.db.kysely)
    return rows.map((row) => row.id)
  }

  async requireInside(userId: UserId, spaceId: SpaceId): Promise<NodeId> {
    const rootId = await this.#rootOf(spaceId)
    if (await this.findNodeAccess(userId, rootId)) return rootId
    const inside = await this.listSpaces(userId)
    if (!inside.includes(spaceId)) throw new ProblemError('not_found')
    return rootId
  }

  async readEpoch(userId: UserId, spaceId: SpaceId): Promise<string> {
    const remembered = this.#cache.findEpoch(userId, spaceId)
    if (remembered !== undefined) return remembered
    const { clock, db } = this.#options
    const rootId = await this.#rootOf(spaceId)
    const read = this.#moments.now()
    const found = await readAccessEpoch(db.kysely, userId, { spaceId, rootId, now: clock.now() })
    if (found.isOfMember) this.#cache.rememberEpoch(userId, spaceId, found.epoch, read)
    return found.epoch
  }

  async listGranted(userId: UserId, spaceId: SpaceId): Promise<NodeId[]> {
    const { rows } = await sql<{ id: NodeId }>`
      SELECT DISTINCT node_id AS id FROM grants
      WHERE space_id = ${spaceId}
        AND (subject_id = ${userId}
          OR subject_id IN (SELECT group_id FROM group_members WHERE user_id = ${userId}))
        AND (expires_at IS NULL OR expires_at > ${this.#options.clock.now()})
    `.execute(this.#options.db.kysely)
    return rows.map((row) => row.id)
  }

  onAccessChanged(listener: (change: AccessChange) => void): void {
    this.#listeners.push(listener)
  }

  notifyAccessChanged(change: AccessChange): void {
    this.#tell(change)
    const { spaceId = null, userId = null } = change
    void this.#options.notices.send(accessChanged, { spaceId, userId })
  }

  noteAccessChanged(change: AccessChange): void {
    this.#tell(change)
  }

  notifyTreeChanged(spaceId: SpaceId): void {
    this.#cache.forget(spaceId)
    if (this.#dueTrees.size === 0) setTimeout(() => this.#tellTrees(), gatherMs).unref()
    this.#dueTrees.add(spaceId)
  }

  #tellTrees(): void {
    const spaceIds = [...this.#dueTrees]
    this.#dueTrees.clear()
    for (const spaceId of spaceIds) {
      this.#tell({ spaceId })
      void this.#options.notices.send(treeChanged, { spaceId })
    }
  }

  #tell(change: AccessChange): void {
    this.#cache.forget(change.spaceId)
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        this.#options.log.error({ err: error, ...change }, 'a listener to access changes failed')
      }
    }
  }

  /** As the database has it now. The folders above are remembered too: whoever opens a node asks for them next. */
  async #read(
    userId: UserId,
    nodeIds: readonly NodeId[],
  ): Promise<ReadonlyMap<NodeId, NodeAccess>> {
    const { clock, db } = this.#options
    const read = this.#moments.now()
    const found = await readAccess(db.kysely, userId, nodeIds, clock.now())
    this.#cache.remember(userId, found.values(), read)
    return pickAccess(found, nodeIds)
  }

  /** Of many who ask at once, as after a change, one asks the database; the others do not believe a no. */
  async #sharedRead(userId: UserId, nodeId: NodeId): Promise<NodeAccess | undefined> {
    const key = `${userId} ${nodeId} ${this.#moments.generation}`
    const underWay = this.#reads.get(key)
    if (underWay)
      return (await underWay).get(nodeId) ?? (await this.#read(userId, [nodeId])).get(nodeId)
    const reading = this.#read(userId, [nodeId])
    this.#reads.set(key, reading)
    try {
      return (await reading).get(nodeId)
    } finally {
      this.#reads.delete(key)
    }
  }

  /** The root of a space is its root for ever. Throws `not_found`. */
  async #rootOf(spaceId: SpaceId): Promise<NodeId> {
    const known = this.#roots.get(spaceId)
    if (known) return known
    const space = await this.#options.db.kysely
      .selectFrom('spaces')
      .select('root_id')
      .where('id', '=', spaceId)
      .executeTakeFirst()
    if (!space) throw new ProblemError('not_found')
    if (this.#roots.size >= maxRoots) this.#roots.clear()
    this.#roots.set(spaceId, space.root_id)
    return space.root_id
  }
}

const maxRoots = 100_000
const maxRemembered = 200_000

/** How long an access may be believed that another process could have changed meanwhile. */
const maxAgeMs = 1000

function pickAccess(
  found: ReadonlyMap<NodeId, ReadAccess>,
  nodeIds: readonly NodeId[],
): ReadonlyMap<NodeId, NodeAccess> {
  const picked = new Map<NodeId, NodeAccess>()
  for (const id of nodeIds) {
    const access = found.get(id)?.access
    if (access) picked.set(id, access)
  }
  return picked
}
