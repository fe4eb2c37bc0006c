import { sha256ToBytes } from '@cloudsync/storage'
import type { Kysely } from 'kysely'
import type { ContentName } from '#features/contents/index.ts'
import type { LogPosition } from '#features/live/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { findVersionByTag } from '../versions/version-store.ts'
import { matchesWeakly, type EntityTags } from './http-preconditions.ts'
import { findTagPosition } from './text-etag.ts'

/** What a `PUT` says of the content that it builds on (RFC 9110 §13.1.1, §13.1.2). */
export interface Conditions {
  readonly ifMatch: EntityTags | undefined
  readonly ifNoneMatch: EntityTags | undefined
}

/** What a file holds now. */
export interface CurrentContent {
  readonly row: NodeRow
  readonly etag: string
  /** Of a text. */
  readonly position: LogPosition | undefined
}

/** Each tag may cost a look into the database. */
const maxTags = 4

/**
 * Whether who puts has seen what it replaces: `concurrent`, when it names what the file held before.
 * Throws `precondition_failed` when it names what the file never held, or wants it not to be there.
 */
export async function judgeConditions(
  db: Kysely<Schema>,
  { ifMatch, ifNoneMatch }: Conditions,
  current: CurrentContent,
): Promise<'seen' | 'concurrent'> {
  if (ifNoneMatch && matchesWeakly(ifNoneMatch, current.etag))
    throw new ProblemError('precondition_failed', { detail: 'The content is there already' })
  if (ifMatch?.kind !== 'list') return 'seen'
  const tags = ifMatch.tags.filter((tag) => !tag.isWeak).map((tag) => tag.value)
  if (tags.includes(current.etag)) return 'seen'
  for (const tag of tags.slice(0, maxTags)) if (await wasHeld(db, tag, current)) return 'concurrent'
  throw new ProblemError('precondition_failed', {
    detail: 'The version in If-Match is not known, or no longer',
  })
}

async function wasHeld(
  db: Kysely<Schema>,
  tag: string,
  { row, position }: CurrentContent,
): Promise<boolean> {
  const named = findTagPosition(tag)
  if (named && position && named.epoch === position.epoch) return named.seq <= position.seq
  return (await findVersionByTag(db, row.id, tag)) !== undefined
}

/**
 * Whether the file has held these bytes since it held what they build on: then the request was done, and comes again as
 * its answer was lost. Whoever has changed the file since has seen what it brought, or is in conflict with it already.
 */
export async function wasDone(
  db: Kysely<Schema>,
  { ifMatch }: Conditions,
  row: NodeRow,
  { sha256 }: ContentName,
): Promise<boolean> {
  const [tag] = ifMatch?.kind === 'list' ? ifMatch.tags : []
  const base = tag && (await findVersionByTag(db, row.id, tag.value))
  if (!base) return false
  const held = await db
    .selectFrom('versions')
    .select('number')
    .where('node_id', '=', row.id)
    .where('sha256', '=', Buffer.from(sha256ToBytes(sha256)))
    .where('number', '>', base.number)
    // What waits beside the file for a person was never in it.
    .where('reason', '!=', 'conflict')
    .limit(1)
    .executeTakeFirst()
  return held !== undefined
}
