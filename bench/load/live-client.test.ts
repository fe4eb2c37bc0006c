import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { openHocuspocus } from '../peers/hocuspocus-peer.ts'
import type { Peer } from '../peers/peer.ts'
import { openYWebsocket } from '../peers/y-websocket-peer.ts'
import { LiveClient } from './live-client.ts'
import { typingOf, writtenState } from './typing.ts'

for (const open of [() => openHocuspocus(), openYWebsocket]) {
  test(`a load client brings its state, types, and is heard (${open.name || 'hocuspocus'})`, async () => {
    await using peer: Peer = await open()
    const [document = ''] = await peer.createDocuments(1)
    const state = writtenState(1_000, 100)
    const target = await peer.target()
    const { clientId, updates } = typingOf(0, 1)
    const writer = await LiveClient.open({ target, document, clientIds: [clientId], state })
    const heard = Promise.withResolvers<Uint8Array>()
    const reader = await LiveClient.open({
      target,
      document,
      clientIds: [2],
      onUpdate: heard.resolve,
    })
    assert.ok(reader.receivedBytes > 1_000)
    const [update = new Uint8Array()] = updates
    writer.send(writer.wire.update(update))
    const doc = new Y.Doc()
    Y.applyUpdate(doc, state)
    Y.applyUpdate(doc, reader.wire.payloadOf(await heard.promise))
    assert.equal(doc.getText('content').length, 1_007)
    await Promise.all([writer.close(), reader.close()])
  })
}
