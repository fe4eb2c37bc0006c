import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import { startTestServer } from '../../../testing/test-server.ts'
import { ClientClaims } from './client-claims.ts'

test('whoever claims an id while somebody else is about to hears who was first', async () => {
  await using server = await startTestServer()
  const { kysely, pool } = server.db.database
  const documentId = (await server.admin.rootId()) as NodeId
  const claims = new ClientClaims(kysely)
  const other = await pool.connect()
  await other.query('BEGIN')
  await other.query(
    `INSERT INTO client_claims (document_id, client_id, owner) VALUES ($1, 7, 'user:first')`,
    [documentId],
  )
  const claiming = claims.claim(documentId, [7, 8], 'user:second')
  for (let waiting = 0; waiting === 0; await turn()) {
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    )
    waiting = rows[0]?.count ?? 0
  }
  await other.query('COMMIT')
  other.release()
  const owners = new Map([
    [7, 'user:first'],
    [8, 'user:second'],
  ])
  assert.deepEqual(await claiming, owners)
  assert.deepEqual(await claims.claim(documentId, [7, 8], 'server'), owners)
})
