import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer, waitUntil, type TestCaller } from '@cloudsync/server/testing'
import * as Y from 'yjs'
import { LiveConnection, systemTimers } from '../src/sdk/live/index.ts'

/** Opens a folder, and shows nothing of somebody but that they are there. */
function openFolder(caller: TestCaller, folderId: string) {
  const document = new Y.Doc()
  const connection = new LiveConnection({
    documentName: `folder:${folderId}`,
    document,
    url: `${caller.url.replace('http', 'ws')}/live`,
    sign: { token: () => caller.accessToken, isOver: () => Promise.resolve(false) },
    timers: systemTimers,
    random: Math.random,
    WebSocket,
    onChanged: () => undefined,
  })
  connection.open()
  return {
    sees: (clientId: number) => connection.awareness.getStates().has(clientId),
    isOnline: () => connection.link.kind === 'online',
    clientId: document.clientID,
    [Symbol.dispose]() {
      connection.destroy()
      document.destroy()
    },
  }
}

test('whoever opens a folder is seen at once by those who look at it', async () => {
  await using server = await startTestServer()
  const folderId = await server.admin.rootId()
  const bob = await server.addEditor('Bob')
  using adas = openFolder(server.admin, folderId)
  using bobs = openFolder(bob, folderId)
  await waitUntil('both are there', () => adas.isOnline() && bobs.isOnline())
  const since = performance.now()
  await waitUntil('they see each other', () => adas.sees(bobs.clientId) && bobs.sees(adas.clientId))
  assert.ok(
    performance.now() - since < 10_000,
    'only what is shown again now and then has shown it',
  )
})
