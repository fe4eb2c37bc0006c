import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
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

/** Writes events, at least one, in one statement. Their ids are in the order given. */
export async function appendEvents(
  tx: Transaction<Schema>,
  events: readonly DomainEvent[],
): Promise<void> {
  await tx
    .insertInto('events')
    .values(
      events.map((event) => ({
        id: uuidv7(),
        type: event.type,
        space_id: event.spaceId ?? null,
        node_id: event.nodeId ?? null,
        actor_id: event.actorId ?? null,
        payload: JSON.stringify(event.payload ?? {}),
      })),
    )
    .execute()
}
