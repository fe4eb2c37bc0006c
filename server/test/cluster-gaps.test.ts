import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createClient } from '@redis/client'
import * as Y from 'yjs'
import { encodeBusMessage } from '../src/features/live/cluster/bus-messages.ts'
import { openStockClient, openTestCluster, redisProgram } from '../testing/index.ts'

/** The updates that make up a text, one for each piece. */
function updatesOf(pieces: readonly string[]): Uint8Array[] {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (update) => updates.push(update))
  for (const piece of pieces) doc.getText('content').insert(doc.getText('content').length, piece)
  return updates
}

suite('rows that come before one that they build on', { skip: redisProgram === undefined }, () => {
  test('drive nobody away who joins meanwhile', async () => {
    await using cluster = await openTestCluster(true)
    const { one, redis } = cluster
    const nodeId = await one.admin.createText('notes.md')
    using ada = openStockClient(one.admin, nodeId)
    await ada.saved()
    const bus = createClient({ url: redis?.url ?? '' })
    await bus.connect()
    const receive = async (seq: number, payload: Uint8Array | undefined) => {
      const payloads = payload ? [payload] : []
      const rows = { kind: 'rows', position: { epoch: 1, seq }, payloads } as const
      const message = Buffer.from(encodeBusMessage('elsewhere', rows))
      await bus.publish(`cloudsync:${nodeId}`, message)
    }
    // The message of the row before it was lost.
    await receive(100, updatesOf(['lost ', 'early '])[1])
    await receive(101, updatesOf(['whole '])[0])
    bus.destroy()
    await ada.until('both have come', () => ada.text.toString() === 'whole ')

    using bob = openStockClient(await one.addEditor('Bob'), nodeId)
    const reasons: string[] = []
    bob.socket.on('close', ({ event }: { event: { reason: string } }) => reasons.push(event.reason))
    bob.text.insert(0, 'mine ')
    await ada.until('what he wrote is seen', () => ada.text.toString().includes('mine '))
    await bob.saved()
    assert.deepEqual(reasons, [])
  })
})
