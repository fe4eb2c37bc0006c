import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createClient } from '@redis/client'
import * as Y from 'yjs'
import { encodeBusMessage } from '../src/features/live/cluster/bus-messages.ts'
import { openStockClient, openTestCluster, RawClient, redisProgram } from '../testing/index.ts'

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

suite('who comes over from another server', () => {
  test('may hold what follows a row that has not come here yet', async () => {
    await using cluster = await openTestCluster(false)
    const { one } = cluster
    const nodeId = await one.admin.createText('notes.md')
    using ada = openStockClient(one.admin, nodeId)
    await ada.saved()
    using client = await RawClient.open(one.admin, nodeId)
    client.sendSync(0, Uint8Array.of(0))
    await client.roundTrip()
    const [missing, late] = updatesOf(['from elsewhere, ', 'and more'])
    // As the other server does it, from which no word has come so far.
    await one.db.database.pool.query(
      `WITH head AS (UPDATE documents SET seq = seq + 1 WHERE id = $1 RETURNING id, seq)
       INSERT INTO update_log (document_id, seq, payload) SELECT id, seq, $2 FROM head`,
      [nodeId, missing],
    )
    client.sendSync(1, late ?? new Uint8Array())
    assert.deepEqual(await client.answered(1), [true])
    await ada.until('all of it is there', () => ada.text.toString() === 'from elsewhere, and more')
  })
})
