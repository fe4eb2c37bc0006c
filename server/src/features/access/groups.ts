import type { Group, GroupId, UserId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { isUniqueViolation } from '#platform/db/database-errors.ts'
import { containing } from '#platform/db/containing.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { AccessNotifier } from './access.ts'

export interface IdPage<Id> {
  readonly after: Id | undefined
  readonly limit: number
}

/** A page of those whose name (or address) contains a text; unset: of all. */
export interface IdSearch<Id> extends IdPage<Id> {
  readonly text?: string | undefined
}

/** People who are given roles together. What changes here changes access everywhere. */
export class Groups {
  readonly #db: Database
  readonly #access: AccessNotifier

  constructor(db: Database, access: AccessNotifier) {
    this.#db = db
    this.#access = access
  }

  async list({ after, limit, text }: IdSearch<GroupId>): Promise<Group[]> {
    let query = this.#select().orderBy('id').limit(limit)
    if (text !== undefined) query = query.where('name', 'ilike', containing(text))
    if (after !== undefined) query = query.where('id', '>', after)
    return query.execute()
  }

  /** Throws `not_found`. */
  async get(id: GroupId): Promise<Group> {
    const group = await this.#select().where('id', '=', id).executeTakeFirst()
    if (!group) throw new ProblemError('not_found', { detail: 'There is no such group' })
    return group
  }

  /** The names of those of the groups that there are. */
  async findNames(ids: readonly GroupId[]): Promise<ReadonlyMap<GroupId, string>> {
    if (ids.length === 0) return new Map()
    const rows = await this.#select().where('id', 'in', ids).execute()
    return new Map(rows.map(({ id, name }) => [id, name]))
  }

  /** Throws `name_taken`. */
  async create(name: string, actorId: UserId): Promise<Group> {
    const id = uuidv7() as GroupId
    await unlessTaken(() =>
      inTransaction(this.#db, async (tx) => {
        await tx.insertInto('groups').values({ id, name }).execute()
        await appendEvent(tx, { type: 'group.created', actorId, payload: { id, name } })
      }),
    )
    return { id, name, memberCount: 0 }
  }

  /** Throws `not_found` and `name_taken`. */
  async rename(id: GroupId, name: string, actorId: UserId): Promise<Group> {
    const group = await this.get(id)
    await unlessTaken(() =>
      inTransaction(this.#db, async (tx) => {
        await tx.updateTable('groups').set({ name }).where('id', '=', id).execute()
        const payload = { id, oldName: group.name, name }
        await appendEvent(tx, { type: 'group.renamed', actorId, payload })
      }),
    )
    return { ...group, name }
  }

  /** With all that was granted to it. Throws `not_found`. */
  async remove(id: GroupId, actorId: UserId): Promise<void> {
    const { name } = await this.get(id)
    await inTransaction(this.#db, async (tx) => {
      await tx.deleteFrom('groups').where('id', '=', id).execute()
      await appendEvent(tx, { type: 'group.deleted', actorId, payload: { id, name } })
    })
    this.#access.notifyAccessChanged({})
  }

  async listMembers(id: GroupId, { after, limit, text }: IdSearch<UserId>): Promise<UserId[]> {
    let query = this.#db.kysely
      .selectFrom('group_members')
      .select('user_id')
      .where('group_id', '=', id)
      .orderBy('user_id')
      .limit(limit)
    if (after !== undefined) query = query.where('user_id', '>', after)
    if (text !== undefined) {
      const pattern = containing(text)
      const found = this.#db.kysely
        .selectFrom('users')
        .select('id')
        .where((or) => or.or([or('name', 'ilike', pattern), or('email', 'ilike', pattern)]))
      query = query.where('user_id', 'in', found)
    }
    return (await query.execute()).map((row) => row.user_id)
  }

  /** The same again changes nothing. The user exists. Throws `not_found`, and `forbidden` for oneself. */
  async addMember(id: GroupId, userId: UserId, actorId: UserId): Promise<void> {
    await this.get(id)
    // What is granted to the group would be theirs by administering.
    if (userId === actorId)
      throw new ProblemError('forbidden', { detail: 'Nobody adds themselves to a group' })
    await inTransaction(this.#db, async (tx) => {
      const added = await tx
        .insertInto('group_members')
        .values({ group_id: id, user_id: userId })
        .onConflict((conflict) => conflict.doNothing())
        .returning('user_id')
        .execute()
      if (added.length === 0) return
      const payload = { id, userId }
      await appendEvent(tx, { type: 'group.member_added', actorId, payload })
    })
    this.#access.notifyAccessChanged({})
  }

  /** Throws `not_found`. */
  async removeMember(id: GroupId, userId: UserId, actorId: UserId): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      const removed = await tx
        .deleteFrom('group_members')
        .where('group_id', '=', id)
        .where('user_id', '=', userId)
        .returning('user_id')
        .execute()
      if (removed.length === 0) throw new ProblemError('not_found')
      const payload = { id, userId }
      await appendEvent(tx, { type: 'group.member_removed', actorId, payload })
    })
    this.#access.notifyAccessChanged({})
  }

  #select() {
    return this.#db.kysely
      .selectFrom('groups')
      .select([
        'id',
        'name',
        sql<number>`(SELECT count(*)::int FROM group_members WHERE group_id = groups.id)`.as(
          'memberCount',
        ),
      ])
  }
}

/** Names are unique, whatever their case. */
export async function unlessTaken(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new ProblemError('name_taken', { detail: 'The name is in use already', cause: error })
  }
}
