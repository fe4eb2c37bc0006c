import {
  permissions as allPermissions,
  type CustomRole,
  type CustomRoleId,
  type CustomRoleRequest,
  type Permission,
  type UserId,
} from '@cloudsync/protocol'
import type { Selectable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '#platform/db/database.ts'
import type { CustomRolesTable } from '#platform/db/tables/access-tables.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { AccessNotifier } from './access.ts'
import { unlessTaken, type IdPage } from './groups.ts'

/** Roles beside the built-in ones, for the whole installation. */
export class CustomRoles {
  readonly #db: Database
  readonly #access: AccessNotifier

  constructor(db: Database, access: AccessNotifier) {
    this.#db = db
    this.#access = access
  }

  async list({ after, limit }: IdPage<CustomRoleId>): Promise<CustomRole[]> {
    let query = this.#db.kysely.selectFrom('custom_roles').selectAll().orderBy('id').limit(limit)
    if (after !== undefined) query = query.where('id', '>', after)
    return (await query.execute()).map(presentRole)
  }

  /** Throws `name_taken`. */
  async create(request: CustomRoleRequest, actorId: UserId): Promise<CustomRole> {
    const id = uuidv7() as CustomRoleId
    await unlessTaken(() =>
      inTransaction(this.#db, async (tx) => {
        await tx
          .insertInto('custom_roles')
          .values({ id, ...columnsOf(request) })
          .execute()
        await appendEvent(tx, { type: 'role.created', actorId, payload: { id, ...request } })
      }),
    )
    return { id, ...request }
  }

  /** Whoever has the role has what it is now. Throws `not_found` and `name_taken`. */
  async change(id: CustomRoleId, request: CustomRoleRequest, actorId: UserId): Promise<CustomRole> {
    await unlessTaken(() =>
      inTransaction(this.#db, async (tx) => {
        const changed = await tx
          .updateTable('custom_roles')
          .set(columnsOf(request))
          .where('id', '=', id)
          .returning('id')
          .execute()
        if (changed.length === 0) throw noSuchRole()
        await tx
          .updateTable('grants')
          .set({ role: request.countsAs })
          .where('custom_role_id', '=', id)
          .execute()
        await appendEvent(tx, { type: 'role.changed', actorId, payload: { id, ...request } })
      }),
    )
    this.#access.notifyAccessChanged({})
    return { id, ...request }
  }

  /** Throws `not_found`, and `bad_request` while somebody has it. */
  async remove(id: CustomRoleId, actorId: UserId): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      // Held against who is about to give it.
      const role = await tx
        .selectFrom('custom_roles')
        .select('name')
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (!role) throw noSuchRole()
      const used = await tx
        .selectFrom('grants')
        .select('id')
        .where('custom_role_id', '=', id)
        .limit(1)
        .executeTakeFirst()
      if (used) throw new ProblemError('bad_request', { detail: 'Somebody has this role' })
      await tx.deleteFrom('custom_roles').where('id', '=', id).execute()
      await appendEvent(tx, { type: 'role.deleted', actorId, payload: { id, ...role } })
    })
  }
}

function columnsOf({ name, permissions, countsAs }: CustomRoleRequest) {
  return { name, permissions: [...permissions], counts_as: countsAs }
}

function presentRole(row: Selectable<CustomRolesTable>): CustomRole {
  const known = new Set<string>(row.permissions)
  const permissions: Permission[] = allPermissions.filter((permission) => known.has(permission))
  return { id: row.id, name: row.name, permissions, countsAs: row.counts_as }
}

function noSuchRole(): ProblemError {
  return new ProblemError('not_found', { detail: 'There is no such role' })
}
