import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '@cloudsync/crdt/testing'
import {
  permissions,
  type CustomRoleId,
  type GrantId,
  type GroupId,
  type NodeId,
  type SpaceId,
  type UserId,
} from '@cloudsync/protocol'
import { sql, type Insertable } from 'kysely'
import { pino } from 'pino'
import { createSpace } from '#features/spaces/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { NoticeBody, Notices } from '#platform/db/notices.ts'
import type { GrantsTable } from '#platform/db/tables/access-tables.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { openTestDatabase } from '../../../testing/test-database.ts'
import type { Access, AccessNotifier } from './access.ts'
import { openAccess } from './open-access.ts'
import { AccessWorld, holds, type WorldGrant } from './testing/access-world.ts'

const steps = Number(process.env['ACCESS_STEPS'] ?? 200)
const seed = Number(process.env['ACCESS_SEED'] ?? 1)

/** Notices between servers in one process, of which some are lost. */
class TestNotices {
  readonly #listeners = new Map<string, ((body: NoticeBody) => void)[]>()
  isLosing = false

  /** The end of one server: what another sends arrives here. */
  open(): Pick<Notices, 'on' | 'onMissed' | 'send'> {
    const own: ((body: NoticeBody) => void)[] = []
    return {
      on: (kind, listener) => {
        own.push(listener)
        this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener])
      },
      onMissed: () => undefined,
      send: async (kind, body) => {
        if (this.isLosing) return
        for (const listener of this.#listeners.get(kind) ?? [])
          if (!own.includes(listener)) listener(body ?? {})
      },
    }
  }
}

/** The world, as its rows in the database. */
class StoredWorld {
  readonly world: AccessWorld
  readonly #db: Database
  readonly #ids = new Map<string, string>()
  readonly #random: Random
  spaceId!: SpaceId

  constructor(world: AccessWorld, db: Database, random: Random) {
    this.world = world
    this.#db = db
    this.#random = random
  }

  id<Id extends string>(name: string): Id {
    const known = this.#ids.get(name) ?? this.#random.uuid()
    this.#ids.set(name, known)
    return known as Id
  }

  async create(): Promise<void> {
    const { world } = this
    await inTransaction(this.#db, async (tx) => {
      for (const name of world.users) {
        const id = this.id<UserId>(name)
        await tx.insertInto('users').values({ id, email: name, name, color: '#000' }).execute()
      }
      for (const name of world.groups.keys())
        await tx
          .insertInto('groups')
          .values({ id: this.id(name), name })
          .execute()
      const ownerId = this.id<UserId>('ada')
      const { id, rootId } = await createSpace(tx, { name: 'Team', kind: 'team', ownerId })
      this.spaceId = id
      this.#ids.set('root', rootId)
      let rev = 1
      for (const { id: name, parentId } of world.nodes.values()) {
        if (parentId === null) continue
        const node = { id: this.id<NodeId>(name), parent_id: this.id<NodeId>(parentId), name }
        await tx
          .insertInto('nodes')
          .values({ ...node, space_id: id, name_key: name, kind: 'folder', rev: ++rev })
          .execute()
      }
    })
    await this.write()
  }

  async write(): Promise<void> {
    const { world } = this
    await inTransaction(this.#db, async (tx) => {
      await tx.deleteFrom('grants').execute()
      await tx.deleteFrom('group_members').execute()
      await tx.deleteFrom('custom_roles').execute()
      const roles = [...world.customRoles].map(([name, { permissions: list, countsAs }]) => ({
        id: this.id<CustomRoleId>(name),
        name,
        permissions: list,
        counts_as: countsAs === 'owner' ? ('manager' as const) : countsAs,
      }))
      await tx.insertInto('custom_roles').values(roles).execute()
      const members = [...world.groups].flatMap(([name, group]) =>
        [...group].map((member) => ({
          group_id: this.id<GroupId>(name),
          user_id: this.id<UserId>(member),
        })),
      )
      if (members.length > 0) await tx.insertInto('group_members').values(members).execute()
      const nodes = [...world.nodes.values()].filter(({ parentId }) => parentId !== null)
      await sql`
        UPDATE nodes SET parent_id = world.parent_id, inherits = world.inherits
        FROM unnest(
          ${nodes.map(({ id }) => this.id(id))}::uuid[],
          ${nodes.map(({ parentId }) => this.id(parentId ?? ''))}::uuid[],
          ${nodes.map(({ inherits }) => inherits)}::boolean[]
        ) AS world(id, parent_id, inherits)
        WHERE nodes.id = world.id AND (nodes.parent_id, nodes.inherits) IS DISTINCT FROM
          (world.parent_id, world.inherits)`.execute(tx)
      const grants = [...world.grants.values()].map((grant) => this.#rowOf(grant))
      await tx.insertInto('grants').values(grants).execute()
    })
  }

  #rowOf(grant: WorldGrant): Insertable<GrantsTable> {
    const { kind, subjectId, customRole, expiresAtMs } = grant
    const subject = {
      user: { user_id: this.id<UserId>(subjectId) },
      group: { group_id: this.id<GroupId>(subjectId) },
      link: { link_id: this.id<string>(subjectId) },
    }[kind]
    return {
      id: this.id<GrantId>(grant.id),
      space_id: this.spaceId,
      node_id: this.id<NodeId>(grant.nodeId),
      ...subject,
      role: grant.role,
      custom_role_id: customRole === null ? null : this.id<CustomRoleId>(customRole),
      created_by: this.id<UserId>(grant.makerId),
      expires_at: expiresAtMs === null ? null : new Date(expiresAtMs),
    }
  }
}

test(`two servers decide as the rules do, through ${steps} random changes`, async () => {
  await using fixture = await openTestDatabase()
  const random = new Random(seed)
  const world = new AccessWorld(random)
  const stored = new StoredWorld(world, fixture.database, random)
  await stored.create()
  const notices = new TestNotices()
  const [here, there] = [0, 1].map(() =>
    openAccess({
      db: fixture.database,
      clock: { now: () => new Date(world.nowMs) },
      log: pino({ level: 'silent' }),
      notices: notices.open(),
    }),
  ) as [Access & AccessNotifier, Access & AccessNotifier]
  const names = [...world.nodes.keys()]
  for (let step = 0; step < steps; step++) {
    const story = world.step()
    await stored.write()
    const isMove = story.startsWith('move')
    notices.isLosing = random.chance(0.2)
    const isEverywhere = /^(join|leave|edit role)/.test(story)
    if (isMove) here.notifyTreeChanged(stored.spaceId)
    else here.notifyAccessChanged(isEverywhere ? {} : { spaceId: stored.spaceId })
    // Of a move the others hear a moment later; of what is lost, never.
    const isHeard = !isMove && !notices.isLosing
    const check = async (access: Access, mayBeLate: boolean) => {
      const who = random.pick(world.users)
      const on = random.pick(names)
      const permission = random.pick(permissions)
      const userId = stored.id<UserId>(who)
      const found = await access.requireNode(userId, stored.id<NodeId>(on), permission).then(
        () => true,
        () => false,
      )
      const expected = holds(world, who, on, permission)
      // What is remembered can be a yes that was one a moment ago, and never a no.
      if (!(mayBeLate && found))
        assert.equal(
          found,
          expected,
          `seed ${seed}, step ${step}: ${story}; ${who} on ${on}: ${permission}`,
        )
    }
    for (let look = 0; look < 6; look++) {
      await check(here, false)
      await check(there, !isHeard)
    }
    if (isHeard) continue
    world.nowMs += 1_000
    for (let look = 0; look < 6; look++) await check(there, false)
  }
})
