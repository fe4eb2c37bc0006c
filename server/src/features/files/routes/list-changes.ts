import {
  type Changes,
  changesQuerySchema,
  changesSchema,
  type SpaceId,
  spaceIdSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import type { Caller } from '#platform/http/caller.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { readChanges } from '../tree/visible-changes.ts'

/**
 * What has changed in a space since a sequence number, of what the caller may see: a member with private folders
 * of others in it, or somebody who was given a part of it. A page may be short, or empty, and not the last.
 */
export function listChanges(context: FilesContext) {
  return endpoint({
    summary: 'What has changed in a space',
    answers: { 200: changesSchema },
    problems: ['not_found', 'cursor_expired', 'too_many_waiting'],
    method: 'get',
    path: '/spaces/:id/changes',
    access: 'user',
    needs: { inside: 'params.id' },
    params: z.object({ id: spaceIdSchema }),
    query: changesQuerySchema,
    async handle(request) {
      const { caller, params, query } = request
      const { cursor, limit, wait } = query
      if (cursor === 'latest') return json(await latest(context, caller, params.id))
      const page = await readChanges(context, caller.userId, params.id, { after: cursor, limit })
      const known = query.accessEpoch ?? page.accessEpoch
      if (wait === 0 || isWorthTelling(page, known)) return json(page)
      const waiting = { known, limit, waitMs: wait * 1000, request }
      const later = await waitForMore(context, caller, params.id, page, waiting)
      // A server that stops waits for what is open; whoever goes on waiting does so at another.
      return json(later, context.waits.isOver ? { headers: { connection: 'close' } } : {})
    },
  })
}

interface Wait {
  readonly known: string
  readonly limit: number
  readonly waitMs: number
  readonly request: {
    readonly signal: AbortSignal
    readonly atRest: <T>(wait: () => Promise<T>) => Promise<T>
  }
}

/** What others do out of the caller's sight moves the cursor on, and the waiting goes on. */
async function waitForMore(
  context: FilesContext,
  caller: Caller,
  spaceId: SpaceId,
  first: Changes,
  { known, limit, waitMs, request }: Wait,
): Promise<Changes> {
  const { waits, sessions } = context
  const { signal } = request
  using waiting = waits.enter(caller, spaceId)
  const untilMs = performance.now() + waitMs
  for (let after = Number(first.nextCursor); ;) {
    // Also before it waits for the first time: of an end before it entered it is not told.
    if (!(await sessions.findSessionCaller(caller.sessionId)))
      throw new ProblemError('not_signed_in')
    const page = await readChanges(context, caller.userId, spaceId, { after, limit })
    after = Number(page.nextCursor)
    const leftMs = untilMs - performance.now()
    const isOver = leftMs <= 0 || signal.aborted || waits.isOver
    if (isOver || isWorthTelling(page, known)) return page
    await request.atRest(() => waiting.wait(after, leftMs, signal))
  }
}

function isWorthTelling({ items, hasMore, accessEpoch }: Changes, known: string): boolean {
  return items.length > 0 || hasMore || accessEpoch !== known
}

/** Where the feed goes on from now. */
async function latest(
  { access, db }: FilesContext,
  { userId }: Caller,
  spaceId: SpaceId,
): Promise<Changes> {
  const accessEpoch = await access.readEpoch(userId, spaceId)
  const { seq } = await db.kysely
    .selectFrom('spaces')
    .select('seq')
    .where('id', '=', spaceId)
    .executeTakeFirstOrThrow()
  return { items: [], nextCursor: String(seq), hasMore: false, accessEpoch }
}
