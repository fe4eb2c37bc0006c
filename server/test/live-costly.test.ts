import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as encoding from 'lib0/encoding'
import { openStockClient, RawClient, startTestServer, waitUntil } from '../testing/index.ts'

interface Letter {
  readonly origin?: { readonly client: number; readonly clock: number }
  readonly rightOrigin?: { readonly client: number; readonly clock: number }
}

/** An update of letters that each say between which others they belong. */
function lettersOf(client: number, clock: number, letters: readonly Letter[]): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const number of [1, letters.length, client, clock]) encoding.writeVarUint(encoder, number)
  for (const { origin, rightOrigin } of letters) {
    encoding.writeUint8(encoder, 4 | (origin ? 0x80 : 0) | (rightOrigin ? 0x40 : 0))
    for (const id of [origin, rightOrigin])
      if (id) for (const number of [id.client, id.clock]) encoding.writeVarUint(encoder, number)
    if (!origin && !rightOrigin) {
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarString(encoder, 'content')
    }
    encoding.writeVarString(encoder, 'a')
  }
  encoding.writeVarUint(encoder, 0)
  return encoding.toUint8Array(encoder)
}

/** One update of the structs of two, which each bring those of one client. */
function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(2), one.subarray(1, -1), other.subarray(1)])
}

/** `count` letters one behind the other, and as many that each belong before another of them. */
function crossTyping(client: number, count: number): Uint8Array {
  const straight = Array.from({ length: count }, (_, clock) =>
    clock === 0 ? {} : { origin: { client, clock: clock - 1 } },
  )
  const crossed = Array.from({ length: count }, (_, clock) => ({ rightOrigin: { client, clock } }))
  return lettersOf(client, 0, [...straight, ...crossed])
}

suite('updates that are valid and costly', () => {
  test('refuses one whose every letter makes Yjs look through all others, and others do not notice', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using honest = openStockClient(server.admin, nodeId)
    honest.text.insert(0, 'honest')
    await honest.saved()
    using attacker = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    attacker.sendSync(2, crossTyping(7, 6_000))
    assert.equal((await attacker.closed).reason, 'update_refused')
    assert.deepEqual(attacker.messages.at(-1), { type: 'refused', reason: 'too_costly' })
    honest.text.insert(honest.text.length, ' work')
    await honest.saved()
    await waitUntil('both agree', async () => {
      const stored = await server.admin.text(`/nodes/${nodeId}/content`)
      return stored === honest.text.toJSON() && stored.includes('honest')
    })
  })

  test('refuses to let much wait for one struct that would set it all off at once', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using honest = openStockClient(server.admin, nodeId)
    for (let line = 0; line < 500; line += 1) {
      honest.text.insert(0, 'ab')
      honest.text.delete(1, 1)
    }
    await honest.saved()
    const id = (clock: number) => ({ client: honest.doc.clientID, clock })
    using attacker = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const waiting = Array.from({ length: 1_000 }, (_, index) =>
      index === 0 ? { origin: { client: 8, clock: 0 } } : { rightOrigin: id(index % 800) },
    )
    attacker.sendSync(2, lettersOf(7, 0, waiting))
    assert.equal((await attacker.closed).reason, 'update_refused')
    assert.deepEqual(attacker.messages.at(-1), { type: 'refused', reason: 'too_costly' })
  })

  test('refuses what waits for itself in a circle, and is more than may wait', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using attacker = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const first = (client: number) => ({ origin: { client, clock: 0 } })
    const tail = Array.from({ length: 30_000 }, (_, index) => ({
      origin: { client: 7, clock: index },
      rightOrigin: index === 0 ? undefined : { client: 7, clock: index - 1 },
    }))
    const circle = joined(lettersOf(8, 0, [first(7)]), lettersOf(7, 0, [first(8), ...tail]))
    attacker.sendSync(1, circle)
    assert.equal((await attacker.closed).reason, 'update_refused')
    assert.deepEqual(attacker.messages.at(-1), { type: 'refused', reason: 'too_costly' })
  })

  test('takes weeks of offline work all over a text in pieces, while others go on typing', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('book.md')
    using ada = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'word '.repeat(4_000))
    await ada.saved()
    using grace = openStockClient(server.admin, nodeId)
    await waitUntil('grace has the text', () => grace.text.length === ada.text.length)
    grace.socket.disconnect()
    await waitUntil('grace is away', () => grace.socket.status === 'disconnected')
    grace.doc.transact(() => {
      for (let at = 0; at < 3_000; at += 1) {
        grace.text.delete(at * 5, 1)
        grace.text.insert(at * 5, 'W')
      }
    })
    void grace.socket.connect()
    while (grace.provider.hasUnsyncedChanges) {
      ada.text.insert(ada.text.length, '.')
      await ada.saved()
    }
    await waitUntil('both agree', () => ada.text.toJSON() === grace.text.toJSON())
    const stored = await server.admin.text(`/nodes/${nodeId}/content`)
    assert.equal(stored, ada.text.toJSON())
    assert.equal(stored.match(/Word /g)?.length, 3_000)
    const rows = await server.db.database.pool.query(
      'SELECT 1 FROM update_log WHERE document_id = $1',
      [nodeId],
    )
    assert.ok((rows.rowCount ?? 0) > 10)
  })
})
