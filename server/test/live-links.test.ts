import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mock, suite, test } from 'node:test'
import { WebSocket } from 'ws'
import {
  openYWebsocketClient,
  RawClient,
  readMetric,
  startTestServer,
  waitUntil,
} from '../testing/index.ts'

const heartbeatMs = 15_000

/** Lets the intervals of two idle minutes pass; between two of them everybody can answer. */
async function passTwoMinutes(afterEach: (beat: number) => Promise<void>): Promise<void> {
  for (let beat = 1; beat <= 8; beat += 1) {
    mock.timers.tick(heartbeatMs)
    await afterEach(beat)
  }
}

suite('links on which nothing happens', () => {
  test('stay open, also those of clients that show no presence', async (t) => {
    mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
    t.after(() => mock.timers.reset())
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using silent = await RawClient.open(server.admin, nodeId)
    await passTwoMinutes(async (beat) => {
      await waitUntil('the client has answered a ping', () => silent.pings === beat)
      await silent.roundTrip()
    })
    silent.sendSync(0, Uint8Array.of(0))
    await waitUntil('it is answered', () => silent.frames.some((frame) => frame.step === 1))
  })

  test('bring y-websocket a message in each beat, or it would give them up after 30 seconds', async (t) => {
    mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
    t.after(() => mock.timers.reset())
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = await openYWebsocketClient(server.admin, nodeId)
    await waitUntil('it is in sync', () => ada.provider.synced)
    const socket = ada.provider.ws
    assert.ok(socket instanceof WebSocket)
    const kept = countKeepAlives(socket)
    await passTwoMinutes(async (beat) => {
      await waitUntil('a message has come', () => kept() === beat)
      socket.ping()
      await once(socket, 'pong')
    })
    assert.ok(ada.provider.wsconnected)
    assert.deepEqual([...ada.provider.awareness.getStates().keys()], [ada.doc.clientID])
  })

  test('end when nobody answers at the other end', async (t) => {
    mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
    t.after(() => mock.timers.reset())
    await using server = await startTestServer()
    const dead = new WebSocket(`${server.url.replace('http', 'ws')}/live`, { autoPong: false })
    await once(dead, 'open')
    await waitUntil('it is known', async () => (await readMetric(server, sockets)) === 1)
    mock.timers.tick(heartbeatMs)
    await once(dead, 'ping')
    mock.timers.tick(heartbeatMs)
    await once(dead, 'close')
    assert.equal(await readMetric(server, sockets), 0)
  })
})

const sockets = 'cloudsync_live_sockets'

/** Counts the awareness updates of no clients that come from now on. */
function countKeepAlives(socket: WebSocket): () => number {
  let count = 0
  socket.addEventListener('message', ({ data }) => {
    const bytes = [...new Uint8Array(data as ArrayBuffer)]
    if (bytes.join() === '1,1,0') count += 1
  })
  return () => count
}
