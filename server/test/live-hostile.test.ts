import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import {
  docOf,
  openStockClient,
  RawClient,
  startTestServer,
  typed,
  waitUntil,
} from '../testing/index.ts'

/** 345 kB: structs of 40,000 clients that each refer to something nobody has. */
function manyClientsBomb(): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 40_000)
  for (let client = 0; client < 40_000; client += 1) {
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarUint(encoder, 1_000_000 + client)
    encoding.writeVarUint(encoder, 5)
    encoding.writeUint8(encoder, 0)
    encoding.writeVarUint(encoder, 1)
  }
  encoding.writeVarUint(encoder, 0)
  return encoding.toUint8Array(encoder)
}

/** Seven bytes that claim 32 million structs. */
const structBomb = Uint8Array.of(1, 0x80, 0x80, 0x80, 0x10, 1, 0)

/** The same in version 2, where the counts need no bytes: decoding it ends the process (yjs #687). */
function structBombV2(): Uint8Array {
  const encoder = new Y.UpdateEncoderV2()
  encoding.writeVarUint(encoder.restEncoder, 1)
  encoding.writeVarUint(encoder.restEncoder, 30_000_000)
  encoder.writeClient(1)
  encoding.writeVarUint(encoder.restEncoder, 0)
  encoder.writeInfo(0)
  encoder.writeLen(1)
  encoding.writeVarUint(encoder.restEncoder, 0)
  return encoder.toUint8Array()
}

/** A value in the text: arrays of one element inside each other, on which `applyUpdate` overflows. */
function deeplyNestedUpdate(): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const number of [1, 1, 1, 0, 8, 1]) encoding.writeVarUint(encoder, number)
  encoding.writeVarString(encoder, 'content')
  encoding.writeVarUint(encoder, 1)
  for (let depth = 0; depth < 10_000; depth += 1)
    encoding.writeUint8Array(encoder, Uint8Array.of(117, 1))
  encoding.writeUint8Array(encoder, Uint8Array.of(126, 0))
  return encoding.toUint8Array(encoder)
}

function nestedUpdate(): Uint8Array {
  const doc = new Y.Doc()
  doc.getMap('content').set('deep', new Y.Map())
  return Y.encodeStateAsUpdate(doc)
}

function otherRootUpdate(): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('elsewhere').insert(0, 'hidden')
  return Y.encodeStateAsUpdate(doc)
}

function honestUpdate(): Uint8Array {
  return typed(new Y.Doc(), 'honest')
}

const hostile: readonly (readonly [string, () => Uint8Array])[] = [
  ['a claim of 32 million structs', () => structBomb],
  ['40,000 clients', manyClientsBomb],
  [
    'V2 bytes',
    () => {
      const doc = new Y.Doc()
      doc.getText('content').insert(0, 'version two')
      return Y.encodeStateAsUpdateV2(doc)
    },
  ],
  ['a truncated update', () => honestUpdate().slice(0, -4)],
  ['20 bytes in V2 that claim 30 million structs', structBombV2],
  ['nested types', nestedUpdate],
  ['values nested 10,000 deep', deeplyNestedUpdate],
  ['another root than the text', otherRootUpdate],
  ['bytes behind the update', () => Uint8Array.of(...honestUpdate(), 1, 2, 3)],
  ['nothing at all', () => new Uint8Array()],
]

suite('hostile updates', () => {
  for (const [name, make] of hostile) {
    test(`refuses ${name} with a reason, and others do not notice`, async () => {
      await using server = await startTestServer()
      const nodeId = await server.admin.createText('notes.md')
      using honest = openStockClient(server.admin, nodeId)
      honest.text.insert(0, 'before ')
      await honest.saved()
      using attacker = await RawClient.open(server.admin, nodeId, { clientId: 7 })
      attacker.sendSync(2, make())
      const { code, reason } = await attacker.closed
      assert.deepEqual({ code, reason }, { code: 4400, reason: 'update_refused' })
      assert.deepEqual(attacker.statuses, [false])
      assert.equal(attacker.messages.at(-1)?.['type'], 'refused')
      honest.text.insert(honest.text.length, 'after')
      await honest.saved()
      assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'before after')
    })
  }

  test('asks for what is missing before an update with a gap, and refuses an answer with one', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using client = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const doc = docOf(7)
    typed(doc, 'lost ')
    const second = typed(doc, 'second ')
    client.sendSync(2, second)
    await waitUntil('the server asks', () =>
      client.frames.some((frame) => frame.type === 0 && frame.step === 0),
    )
    assert.deepEqual(client.statuses, [])
    client.sendSync(1, Y.encodeStateAsUpdate(doc))
    assert.deepEqual(await client.answered(2), [true, true])
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'second lost ')
    typed(doc, 'again lost ')
    client.sendSync(1, typed(doc, 'gap '))
    assert.equal((await client.closed).code, 4400)
  })

  test('keeps a bounded part of what builds on something that nobody has', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using client = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const [unknown, doc] = [new Y.Doc(), new Y.Doc()]
    typed(unknown, 'nobody has this')
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(unknown))
    doc.clientID = 7
    client.sendSync(2, typed(doc, 'first '.repeat(1_000), 3))
    for (let edit = 0; edit < 20; edit += 1) client.sendSync(2, typed(doc, 'x'.repeat(20_000), 5))
    assert.equal((await client.closed).reason, 'update_refused')
    assert.deepEqual(client.messages.at(-1), { type: 'refused', reason: 'causal_gap' })
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), '')
  })

  test('refuses state vectors that are none, or claim more than they hold', async () => {
    await using server = await startTestServer()
    for (const vector of [Uint8Array.of(0xff, 0xff, 0xff, 0x7f), Uint8Array.of(1, 1)]) {
      const nodeId = await server.admin.createText(`${vector.length}.md`)
      using client = await RawClient.open(server.admin, nodeId)
      client.sendSync(0, vector)
      assert.equal((await client.closed).reason, 'update_refused')
    }
  })

  test('makes somebody who was refused wait before coming back', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using attacker = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    attacker.sendSync(2, structBomb)
    await attacker.closed
    using again = await RawClient.open(server.admin, nodeId)
    assert.equal((await again.closed).reason, 'rate_limited')
  })
})

suite('hostile frames', () => {
  const frames: readonly (readonly [string, Uint8Array])[] = [
    ['nothing', new Uint8Array()],
    ['a length beyond the frame', Uint8Array.of(200, 1, 65)],
    ['an endless number', new Uint8Array(40).fill(255)],
    ['an address that is no UTF-8', Uint8Array.of(3, 0xff, 0xfe, 0xfd, 0)],
    ['zeros', new Uint8Array(1_000)],
  ]
  for (const [name, frame] of frames) {
    test(`survives ${name} before and after the authentication`, async () => {
      await using server = await startTestServer()
      const nodeId = await server.admin.createText('notes.md')
      using before = await RawClient.connect(server.admin, `text:${nodeId}`)
      before.sendBytes(frame)
      using after = await RawClient.open(server.admin, nodeId)
      after.sendBytes(frame)
      using honest = openStockClient(server.admin, nodeId)
      honest.text.insert(0, 'fine')
      await honest.saved()
    })
  }

  for (const [name, type] of [
    ['a broadcast to all others', 6],
    ['an acknowledgement', 8],
    ['a frame of no type', 77],
  ] as const) {
    test(`refuses ${name}, which only a server may send, and passes it on to nobody`, async () => {
      await using server = await startTestServer()
      const nodeId = await server.admin.createText('notes.md')
      using other = await RawClient.open(server.admin, nodeId)
      using attacker = await RawClient.open(server.admin, nodeId)
      attacker.send(type, (encoder) => encoding.writeVarString(encoder, '{"type":"saved"}'))
      assert.equal((await attacker.closed).reason, 'update_refused')
      assert.deepEqual(
        other.frames.map((frame) => frame.type),
        [2],
      )
    })
  }

  test('closes a socket that sends a frame above the limit', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using client = await RawClient.open(server.admin, nodeId)
    client.sendBytes(new Uint8Array(8 * 1024 * 1024 + 1))
    assert.equal((await client.closed).code, 1009)
  })

  test('closes a socket that opens more documents than a socket may', async () => {
    await using server = await startTestServer()
    using client = await RawClient.connect(server.admin, 'text:anything')
    for (let document = 0; document < 300; document += 1) {
      const encoder = encoding.createEncoder()
      encoding.writeVarString(encoder, `text:${document}`)
      encoding.writeVarUint(encoder, 3)
      client.sendBytes(encoding.toUint8Array(encoder))
    }
    assert.equal((await client.closed).reason, 'rate_limited')
  })

  test('closes a socket that sends text', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using client = await RawClient.open(server.admin, nodeId)
    client.sendText('hello')
    assert.equal((await client.closed).reason, 'protocol_error')
  })

  test('denies a document that does not exist, one of another kind, and a bad token', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    for (const address of [
      `text:${crypto.randomUUID()}`,
      `folder:${nodeId}`,
      'anything',
      'text:../../etc',
    ]) {
      using client = await RawClient.connect(server.admin, address)
      client.authenticate(server.admin.accessToken)
      await waitUntil('it is denied', () =>
        client.frames.some((frame) => frame.type === 2 && frame.body[0] === 1),
      )
    }
    using stranger = openStockClient(server.admin, nodeId, { token: 'no token' })
    let reason = ''
    stranger.provider.on('authenticationFailed', (event: { reason: string }) => {
      reason = event.reason
    })
    await waitUntil('the bad token is denied', () => reason === 'signed_out')
  })

  test('closes a socket that holds back too much before it is authenticated', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using client = await RawClient.connect(server.admin, `text:${nodeId}`)
    for (let frame = 0; frame < 1_001; frame += 1) client.sendSync(0, Uint8Array.of(0))
    assert.equal((await client.closed).reason, 'rate_limited')
  })

  test('takes thousands of edits that a client brings while its document is being opened', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using client = await RawClient.connect(server.admin, `text:${nodeId}`)
    client.authenticate(server.admin.accessToken)
    client.declare(7)
    const doc = docOf(7)
    for (let edit = 0; edit < 2_500; edit += 1) client.sendSync(2, typed(doc, 'x'))
    assert.deepEqual(new Set(await client.answered(2_500)), new Set([true]))
  })

  test('slows a flood down instead of refusing it, while others go on', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using flood = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const doc = docOf(7)
    for (let edit = 0; edit < 3_200; edit += 1) flood.sendSync(2, typed(doc, 'x'))
    using honest = openStockClient(server.admin, nodeId)
    await honest.saved()
    honest.text.insert(0, 'honest')
    await honest.saved()
    assert.deepEqual(new Set(await flood.answered(3_200)), new Set([true]))
  })

  test('slows down a flood of questions for the whole text, which cost 10 bytes each', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using flood = await RawClient.open(server.admin, nodeId)
    for (let question = 0; question < 400; question += 1) flood.sendSync(0, Uint8Array.of(0))
    using honest = openStockClient(server.admin, nodeId)
    honest.text.insert(0, 'honest')
    await honest.saved()
    const answers = flood.frames.filter((frame) => frame.step === 1).length
    assert.ok(answers < 300, `${answers} questions were answered meanwhile`)
  })
})
