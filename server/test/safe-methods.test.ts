import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guestEmail, samples, SampleSpace } from '../testing/access-samples.ts'
import { startTestServer, waitUntil, type TestServer } from '../testing/index.ts'

/** Which text a session has seen is noted for it alone, so that its next upload is merged with that. */
const notes = new Set(['/nodes/:id/content'])

/** From now on the database refuses every change, of the server too, until what this gives is disposed of. */
async function takeNoMoreChanges(server: TestServer): Promise<AsyncDisposable> {
  const { admin, db } = server
  const set = async (setting: 'on' | 'off') => {
    const { pool } = db.database
    await pool.query('SET default_transaction_read_only = off')
    await pool.query(`DO $$ BEGIN EXECUTE format(
      'ALTER DATABASE %I SET default_transaction_read_only = ${setting}', current_database()); END $$`)
    await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`)
  }
  await set('on')
  await waitUntil('the server is connected anew, and can change nothing', async () => {
    const { status } = await admin.send('GET', '/me')
    const body = JSON.stringify({ name: 'Late' })
    const headers = { 'content-type': 'application/json' }
    const made = await admin.send('POST', '/spaces', { headers, body })
    return status === 200 && !made.ok
  })
  return { [Symbol.asyncDispose]: () => set('off') }
}

async function listReads(server: TestServer): Promise<string[]> {
  const { admin, endpoints } = server
  const { id: guestId } = await (
    await server.addUser(guestEmail.split('@')[0] ?? '')
  ).get<{ id: string }>('/me')
  const made = await admin.post<{ id: string; rootId: string }>('/spaces', { name: 'Team' })
  const options = { callerRootId: await admin.rootId(), guestId }
  const space = new SampleSpace(admin, made, options)
  const paths: string[] = []
  for (const { method, path } of endpoints) {
    if (method !== 'get' || notes.has(path)) continue
    const request = await samples[`get ${path}`]?.(space)
    if (request) paths.push(request.path)
    else if (!path.includes(':')) paths.push(path)
  }
  return paths
}

test('what is asked for with GET changes nothing: a database that takes no changes is enough to answer it', async () => {
  await using server = await startTestServer()
  const paths = await listReads(server)
  assert.ok(paths.length > 30)
  await using _ = await takeNoMoreChanges(server)
  for (const path of paths) {
    const answer = await server.admin.send('GET', path)
    // 400 and 404: it needs more than a path, and was not told it.
    assert.ok(answer.status < 500, `${path}: ${answer.status} ${await answer.text()}`)
  }
})
