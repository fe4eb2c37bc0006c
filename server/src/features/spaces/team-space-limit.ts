import type { UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'

export const defaultMaxTeamSpaces = 100

/**
 * Each space has a quota of its own, so that whoever could make any number of them would have none. Who has made a space
 * counts and not who owns it: a space that was given away is still one that they have made, and nobody uses up what others
 * may make by giving them theirs. One request of a person at a time, until the commit. Throws `too_many_spaces`.
 */
export async function requireFewSpaces(
  tx: Transaction<Schema>,
  makerId: UserId,
  maxTeamSpaces: number,
): Promise<void> {
  await tx.selectFrom('users').select('id').where('id', '=', makerId).forNoKeyUpdate().execute()
  const { count } = await tx
    .selectFrom('spaces')
    .innerJoin('nodes', 'nodes.id', 'spaces.root_id')
    .select((select) => select.fn.countAll<string>().as('count'))
    .where('spaces.kind', '=', 'team')
    .where('nodes.created_by', '=', makerId)
    .executeTakeFirstOrThrow()
  if (Number(count) < maxTeamSpaces) return
  throw new ProblemError('too_many_spaces', {
    detail: 'An administrator can make further ones',
    extensions: { maxTeamSpaces },
  })
}
