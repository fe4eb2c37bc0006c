import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { withNext } from './db/marked-statements.ts'
import type { Schema } from './db/schema.ts'

/** An immutable fact of the domain. `type` reads `<noun>.<past participle>`, such as `file.renamed`. */
export interface DomainEvent {
  readonly type: `${string}.${string}`
  readonly spaceId?: SpaceId | undefined
  readonly nodeId?: NodeId | undefined
  readonly actorId?: UserId | undefined
  readonly payload?: Readonly<Record<string, unknown>>
}

/** Writes an event in the transaction of the change that it tells of. */
export async function appendEvent(tx: Transaction<Schema>, event: DomainEvent): Promise<void> {
  await appendEvents(tx, [event])
}

/** Writes events in one statement. Their ids are in the order given. */
export async function appendEvents(
  tx: Transaction<Schema>,
  events: readonly DomainEvent[],
): Promise<void> {
  if (events.length === 0) return
  // One text, however many there are, so that it is prepared.
  await sql`${withNext} INSERT INTO events (id, type, space_id, node_id, actor_id, payload)
    SELECT * FROM unnest(
      ${events.map(() => uuidv7())}::uuid[], ${events.map(({ type }) => type)}::text[],
      ${events.map(({ spaceId }) => spaceId ?? null)}::uuid[],
      ${events.map(({ nodeId }) => nodeId ?? null)}::uuid[],
      ${events.map(({ actorId }) => actorId ?? null)}::uuid[],
      ${events.map(({ payload }) => JSON.stringify(payload ?? {}))}::jsonb[]
    )`.execute(tx)
}
