import type { NodeId, NodeKind } from '@cloudsync/protocol'
import { sql, type Kysely, type Selectable } from 'kysely'
import type { SpaceUsage } from '#features/spaces/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { NodesTable } from '#platform/db/tables/node-tables.ts'
import { ProblemError } from '#platform/problem-error.ts'

export type NodeRow = Selectable<NodesTable>

export interface NodeInSpace {
  readonly row: NodeRow
  readonly usage: SpaceUsage
}

/** What others are told of a node, and where it stands in its folder. */
const shownColumns = [
  'id',
  'space_id',
  'parent_id',
  'name',
  'name_key',
  'kind',
  'inherits',
  'size_bytes',
  'media_type',
  'mode',
  'sha256',
  'open_conflicts',
  'rev',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'trashed_at',
] as const satisfies readonly (keyof NodesTable)[]

/** A row as listings read it: each column of a thousand rows takes its time. */
export type ShownRow = Pick<NodeRow, (typeof shownColumns)[number]>

/** Where a listing goes on: the sort key of the last child that was seen. */
export interface ChildrenPosition {
  readonly nameKey: string
  readonly id: NodeId
}

/** Reads the rows of nodes, in a transaction or outside. Access is for the caller to ask. */
export class NodeReader {
  readonly #db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  find(id: NodeId): Promise<NodeRow | undefined> {
    return this.#db.selectFrom('nodes').selectAll().where('id', '=', id).executeTakeFirst()
  }

  /** Throws `not_found`. */
  async get(id: NodeId): Promise<NodeRow> {
    const row = await this.find(id)
    if (!row) throw new ProblemError('not_found')
    return row
  }

  /** A node and what its space holds, by one statement. Throws `not_found`. */
  async getInSpace(id: NodeId): Promise<NodeInSpace> {
    const found = await this.#db
      .selectFrom('nodes')
      .innerJoin('spaces', 'spaces.id', 'nodes.space_id')
      .selectAll('nodes')
      .select(['spaces.used_bytes as usedBytes', 'spaces.quota_bytes as quotaBytes'])
      .where('nodes.id', '=', id)
      .executeTakeFirst()
    if (!found) throw new ProblemError('not_found')
    const { usedBytes, quotaBytes, ...row } = found
    return { row, usage: { usedBytes, quotaBytes } }
  }

  /** Those of the nodes that there are. */
  async list(ids: readonly NodeId[]): Promise<NodeRow[]> {
    if (ids.length === 0) return []
    return this.#db
      .selectFrom('nodes')
      .selectAll()
      .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
      .execute()
  }

  async findNames(ids: readonly NodeId[]): Promise<ReadonlyMap<NodeId, string>> {
    if (ids.length === 0) return new Map()
    const rows = await this.#db
      .selectFrom('nodes')
      .select(['id', 'name'])
      .where(sql<boolean>`id = ANY(${[...new Set(ids)]}::uuid[])`)
      .execute()
    return new Map(rows.map((row) => [row.id, row.name]))
  }

  /** The live children of a folder in the order of their keys, from after `after`. */
  listChildren(
    parentId: NodeId,
    page: {
      readonly after: ChildrenPosition | undefined
      readonly limit: number
      readonly kind?: NodeKind | undefined
    },
  ): Promise<ShownRow[]> {
    const { after, kind, limit } = page
    let query = this.#db
      .selectFrom('nodes')
      .select(shownColumns)
      .where('parent_id', '=', parentId)
      .where('trashed_at', 'is', null)
      .orderBy('name_key')
      .orderBy('id')
      .limit(limit)
    if (kind !== undefined) query = query.where('kind', '=', kind)
    if (after !== undefined)
      query = query.where((where) =>
        where(where.refTuple('name_key', 'id'), '>', where.tuple(after.nameKey, after.id)),
      )
    return query.execute()
  }

  /** Those of `nameKeys` that a live child of the folder has. */
  async listTakenKeys(parentId: NodeId, nameKeys: readonly string[]): Promise<Set<string>> {
    const rows = await this.#db
      .selectFrom('nodes')
      .select('name_key')
      .where('parent_id', '=', parentId)
      .where('trashed_at', 'is', null)
      .where('name_key', '=', sql<string>`any(${nameKeys}::text[])`)
      .execute()
    return new Set(rows.map((row) => row.name_key))
  }
}
