import type { NodeId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'

/**
 * Who a Yjs client id belongs to: `user:<id>`, or `server` for edits of our own. `sealed`: its edits
 * belong to an earlier text of the node, and are taken from nobody.
 */
export type ClaimOwner = `user:${string}` | 'server' | 'sealed'

/**
 * Owners of client ids of one document, as far as they were asked for. An owner stays; that there is none
 * is not kept, since somebody may claim the id at another server.
 */
export type KnownClaims = Map<number, ClaimOwner>

/**
 * Ownership of Yjs client ids, per document.
 *
 * Client ids belong to a user, never to a connection: a reconnect keeps its id on a new socket, a
 * reload brings the old id's structs under a fresh one, and tabs relay each other's edits. A claim, once
 * made, stays.
 */
export class ClientClaims {
  readonly #db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  /** Who owns each of the ids; those that nobody has claimed are missing. */
  async find(documentId: NodeId, clientIds: readonly number[]): Promise<KnownClaims> {
    const rows = await this.#db
      .selectFrom('client_claims')
      .select(['client_id', 'owner'])
      .where('document_id', '=', documentId)
      .where('client_id', 'in', [...clientIds])
      .execute()
    return new Map(rows.map((row) => [Number(row.client_id), row.owner as ClaimOwner]))
  }

  /** Claims ids that nobody has claimed yet; gives the owner of each, whoever was first. */
  async claim(
    documentId: NodeId,
    clientIds: readonly number[],
    owner: ClaimOwner,
  ): Promise<KnownClaims> {
    const { rows } = await sql<{ client_id: number; owner: ClaimOwner }>`
      WITH claimed AS (
        INSERT INTO client_claims (document_id, client_id, owner)
        SELECT ${documentId}, id, ${owner} FROM unnest(${clientIds}::bigint[]) AS id
        ON CONFLICT DO NOTHING RETURNING client_id, owner
      )
      SELECT client_id, owner FROM claimed
      UNION ALL SELECT client_id, owner FROM client_claims
        WHERE document_id = ${documentId} AND client_id = ANY(${clientIds}::bigint[])
    `.execute(this.#db)
    const owners: KnownClaims = new Map(rows.map((row) => [Number(row.client_id), row.owner]))
    // A claim that was made while this one waited for it is not seen by the same statement.
    return owners.size === new Set(clientIds).size ? owners : this.find(documentId, clientIds)
  }
}
