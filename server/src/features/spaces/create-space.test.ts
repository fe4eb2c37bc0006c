import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { inTransaction } from '#platform/db/transaction.ts'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { createSpace } from './create-space.ts'

test('a space comes with its root folder, the folder document, its owner and its event', async () => {
  await using test = await openTestDatabase()
  const { kysely } = test.database
  const ownerId = uuidv7() as UserId
  const user = { id: ownerId, email: 'ada@example.org', name: 'Ada', color: '#C2255C' }
  await kysely.insertInto('users').values(user).execute()
  const { id, rootId } = await inTransaction(test.database, (tx) =>
    createSpace(tx, { name: 'Team', kind: 'team', ownerId }),
  )
  const space = await kysely.selectFrom('spaces').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(
    [space.id, space.name, space.kind, space.root_id, space.seq],
    [id, 'Team', 'team', rootId, 1],
  )
  const root = await kysely.selectFrom('nodes').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(
    [root.id, root.space_id, root.parent_id, root.name, root.name_key],
    [rootId, id, null, '', ''],
  )
  assert.deepEqual(
    [root.kind, root.rev, root.created_by, root.updated_by],
    ['folder', 1, ownerId, ownerId],
  )
  const documents = await kysely.selectFrom('documents').selectAll().execute()
  assert.deepEqual(documents, [{ id: rootId, epoch: 1, seq: 0 }])
  const member = await kysely.selectFrom('grants').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([member.node_id, member.user_id, member.role], [rootId, ownerId, 'owner'])
  const event = await kysely.selectFrom('events').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(
    [event.type, event.space_id, event.node_id, event.actor_id],
    ['space.created', id, rootId, ownerId],
  )
})

test('nothing of a space is left when its transaction fails', async () => {
  await using test = await openTestDatabase()
  const nobody = uuidv7() as UserId
  await assert.rejects(
    inTransaction(test.database, (tx) =>
      createSpace(tx, { name: 'Team', kind: 'team', ownerId: nobody }),
    ),
  )
  for (const table of ['spaces', 'nodes', 'documents', 'events'] as const)
    assert.deepEqual(await test.database.kysely.selectFrom(table).select('id').execute(), [])
})
