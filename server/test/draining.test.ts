import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { blockAppends, RawClient, startTestServer, typed, waitUntil } from '../testing/index.ts'

test('a server that is told to stop says so, takes no more sockets, and keeps those that wait for the log', async () => {
  await using server = await startTestServer()
  const nodeId = await server.admin.createText('notes.md')
  const doc = new Y.Doc()
  using ada = await RawClient.open(server.admin, nodeId, { clientId: doc.clientID })
  const block = await blockAppends(server, nodeId)
  ada.sendSync(2, typed(doc, 'the last words'))
  await ada.roundTrip()

  const stopped = server.stop()
  const readiness = await fetch(`${server.url}/readyz`)
  assert.deepEqual(
    [readiness.status, await readiness.json()],
    [503, { status: 'not ready', reason: 'the server stops' }],
  )
  const late = new WebSocket(`${server.url.replace('http', 'ws')}/live`)
  const [, answer] = (await once(late, 'unexpected-response')) as [unknown, IncomingMessage]
  assert.equal(answer.statusCode, 503)
  assert.equal(ada.statuses.length, 0)

  await block.release()
  assert.deepEqual(await ada.closed, { code: 1001, reason: 'going_away' })
  assert.deepEqual(ada.statuses, [true])
  await waitUntil('it answers nobody', async () => {
    const outcome = await fetch(`${server.url}/readyz`).catch((error: unknown) => error)
    return outcome instanceof Error
  })
  await stopped
})
