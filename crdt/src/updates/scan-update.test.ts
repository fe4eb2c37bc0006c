import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { byte, wireBytes } from '../testing/wire-bytes.ts'
import type { RefusalReason } from './refusal.ts'
import { liveUpdateLimits, stateUpdateLimits, type ScanLimits } from './scan-limits.ts'
import { checkLimits, scanUpdate } from './scan-update.ts'
import type { UpdateScan } from './update-scan.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

const [origin, rightOrigin, key] = [0x80, 0x40, 0x20]

function scanned(update: Uint8Array, limits?: ScanLimits): UpdateScan {
  const scan = scanUpdate(update, limits)
  if (scan.kind === 'refused') assert.fail(`${scan.reason}: ${scan.detail}`)
  return scan
}

function assertRefused(update: Uint8Array, reason: RefusalReason, limits?: ScanLimits): void {
  const scan = scanUpdate(update, limits)
  assert.equal(scan.kind === 'refused' ? scan.reason : scan.kind, reason)
}

/** An update with the structs of one client, from clock 0, and no deletes. */
function ofClient(
  client: number,
  structs: number,
  ...parts: (number | string | Uint8Array)[]
): Uint8Array {
  return wireBytes(1, structs, client, 0, ...parts, 0)
}

function edited(edit: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 7
  edit(doc)
  return Y.encodeStateAsUpdate(doc)
}

test('[US5] refuses every beginning of an update, and an update with a byte more', () => {
  const update = edited((doc) => {
    doc.getText('content').insert(0, 'some text')
    doc.getText('content').delete(2, 3)
  })
  for (let length = 0; length < update.length; length += 1)
    assertRefused(update.subarray(0, length), 'malformed')
  assertRefused(wireBytes(update, 0), 'malformed')
})

test('[US5] refuses updates of version 2', () => {
  const doc = new Y.Doc()
  assertRefused(Y.encodeStateAsUpdateV2(doc), 'malformed')
  doc.getText('content').insert(0, 'text')
  assertRefused(Y.encodeStateAsUpdateV2(doc), 'malformed')
})

test('[US5] takes an update that says nothing', () => {
  assert.equal(scanned(wireBytes(0, 0)).isEmpty, true)
  assert.equal(scanned(Y.encodeStateAsUpdate(new Y.Doc())).isEmpty, true)
})

test('[US6] refuses 7 bytes that claim 32 million structs, far within a millisecond', () => {
  const bomb = wireBytes(1, 32_000_000, 1, 0)
  assertRefused(bomb, 'malformed')
  const cpuMs = startCpuTimer()
  for (let round = 0; round < 1_000; round += 1) scanUpdate(bomb, stateUpdateLimits)
  assert.ok(cpuMs() < 1_000)
})

test('[US6] refuses every other count that the bytes cannot hold', () => {
  const claims = [
    wireBytes(10_000_000, 0),
    wireBytes(0, 30_000_000, 0),
    wireBytes(0, 1, 1, 30_000_000, 0),
    ofClient(1, 1, 8, 1, 'root', 30_000_000),
    ofClient(1, 1, 2, 1, 'root', 30_000_000),
    ofClient(1, 1, 4, 1, 'root', 30_000_000),
    ofClient(1, 1, 3, 1, 'root', 30_000_000),
    ofClient(1, 1, 8, 1, 'root', 1, byte(117), 30_000_000),
    ofClient(1, 1, 8, 1, 'root', 1, byte(118), 30_000_000),
  ]
  for (const claim of claims) assertRefused(claim, 'malformed')
})

test('[US7] refuses a struct that builds on itself or on a later one of its client', () => {
  for (const clock of [0, 1, 99]) {
    assertRefused(ofClient(1, 1, byte(4 | origin), 1, clock, 'a'), 'malformed')
    assertRefused(ofClient(1, 1, byte(4 | rightOrigin), 1, clock, 'a'), 'malformed')
    assertRefused(ofClient(1, 1, 4, 0, 1, clock, 'a'), 'malformed')
  }
  scanned(ofClient(1, 2, 4, 1, 'content', 'ab', byte(4 | origin), 1, 1, 'a'))
})

test('[US7] refuses structs and ranges of length 0', () => {
  assertRefused(ofClient(1, 1, 0, 0), 'malformed')
  assertRefused(ofClient(1, 1, 10, 0), 'malformed')
  assertRefused(ofClient(1, 1, 1, 1, 'content', 0), 'malformed')
  assertRefused(ofClient(1, 1, 4, 1, 'content', ''), 'malformed')
  assertRefused(ofClient(1, 1, 8, 1, 'content', 0), 'malformed')
  assertRefused(wireBytes(0, 1, 1, 1, 5, 0), 'malformed')
})

test('[US7] refuses two sections of one client', () => {
  assertRefused(wireBytes(2, 1, 5, 0, 0, 3, 1, 5, 3, 0, 3, 0), 'malformed')
})

test('[US7] refuses a GC or Skip with further bits, which the readers of Yjs read differently', () => {
  for (const info of [origin, rightOrigin, key, 10 | origin, 10 | key])
    assertRefused(ofClient(1, 1, byte(info), 3), 'malformed')
})

test('[US7] refuses a subdocument whose options are no object', () => {
  for (const type of [126, 127, 120])
    assertRefused(ofClient(1, 1, 9, 1, 'root', 'guid', byte(type)), 'malformed')
  scanned(ofClient(1, 1, 9, 1, 'root', 'guid', byte(118), 0))
})

test('[US8] refuses deletes out of order, overlapping, or of one client twice', () => {
  assertRefused(wireBytes(0, 1, 1, 2, 10, 1, 5, 1), 'malformed')
  assertRefused(wireBytes(0, 1, 1, 2, 5, 3, 7, 1), 'malformed')
  assertRefused(wireBytes(0, 2, 1, 1, 9, 1, 1, 1, 3, 1), 'malformed')
  assert.equal(scanned(wireBytes(0, 1, 1, 2, 5, 3, 8, 1)).deletes.length, 2)
})

test('[US9] refuses what is above a limit, with the reason of that limit', () => {
  const twoClients = wireBytes(2, 1, 9, 0, 0, 1, 1, 8, 0, 0, 1, 0)
  const limited = (limits: Partial<ScanLimits>) => ({ ...liveUpdateLimits, ...limits })
  assertRefused(twoClients, 'too_large', limited({ maxBytes: twoClients.length - 1 }))
  assertRefused(twoClients, 'too_many_clients', limited({ maxClients: 1 }))
  assertRefused(twoClients, 'too_many_structs', limited({ maxStructs: 1 }))
  assertRefused(
    wireBytes(0, 2, 1, 1, 1, 1, 2, 1, 1, 1),
    'too_many_deletes',
    limited({ maxDeleteRanges: 1 }),
  )
  assertRefused(ofClient(1, 3, 10, 1, 0, 1, 10, 1), 'too_many_gaps', limited({ maxGaps: 1 }))
  scanned(twoClients, limited({ maxBytes: twoClients.length, maxClients: 2, maxStructs: 2 }))
})

test('[US9] refuses ids above 2^53 and clocks above 2^31', () => {
  const tooHigh = new Uint8Array([255, 255, 255, 255, 255, 255, 255, 127])
  assertRefused(wireBytes(1, 1, tooHigh, 0, 0, 1, 0), 'out_of_range')
  assertRefused(wireBytes(1, 1, new Uint8Array(9).fill(128), 0, 0, 1, 0), 'malformed')
  assertRefused(wireBytes(1, 1, 1, 2 ** 31 - 1, 0, 1, 0), 'out_of_range')
  assertRefused(wireBytes(0, 1, 1, 1, 2 ** 31 - 2, 2), 'out_of_range')
  const highest = scanned(wireBytes(1, 1, Number.MAX_SAFE_INTEGER, 2 ** 31 - 2, 0, 1, 0))
  assert.deepEqual(highest.structs, [
    { client: Number.MAX_SAFE_INTEGER, clock: 2 ** 31 - 2, length: 1 },
  ])
})

test('[US9] judges a scan by narrower limits as a scan with these would', () => {
  const many = wireBytes(
    65,
    ...Array.from({ length: 65 }, (_, client) => wireBytes(1, client, 0, 0, 1)),
    0,
  )
  assertRefused(many, 'too_many_clients')
  const scan = scanned(many, stateUpdateLimits)
  assert.equal(checkLimits(scan, liveUpdateLimits), 'too_many_clients')
  assert.equal(checkLimits(scan, stateUpdateLimits), undefined)
  const narrow = { ...stateUpdateLimits, maxStructs: 64 }
  assert.equal(checkLimits(scan, narrow), 'too_many_structs')
  assert.equal(checkLimits(scan, { ...stateUpdateLimits, maxBytes: 10 }), 'too_large')
})

test('[US9] takes a delete of all by a client in a document that hundreds of ids have written', () => {
  const doc = new Y.Doc()
  for (let client = 1; client <= 300; client += 1) {
    doc.clientID = client
    doc.getText('content').insert(0, 'x')
  }
  let update: Uint8Array = new Uint8Array()
  doc.on('update', (bytes: Uint8Array) => (update = bytes))
  doc.getText('content').delete(0, 300)
  assert.equal(scanned(update).deletes.length, 300)
})

test('[US10] refuses contents and types that Yjs 13 does not have', () => {
  for (const ref of [11, 12, 20, 31])
    assertRefused(ofClient(1, 1, ref, 1, 'root', 1), 'unknown_content')
  for (const type of [7, 8, 1_000])
    assertRefused(ofClient(1, 1, 7, 1, 'root', type), 'unknown_content')
  assertRefused(ofClient(1, 1, 8, 1, 'root', 1, byte(115)), 'malformed')
})

test('[US10] refuses values inside each other beyond the limit, however deep they claim to be', () => {
  const nested = (depth: number) =>
    Uint8Array.from({ length: 2 * depth + 1 }, (_, index) =>
      index === 2 * depth ? 126 : index % 2 ? 1 : 117,
    )
  scanned(ofClient(1, 1, 8, 1, 'root', 1, nested(64)))
  assertRefused(ofClient(1, 1, 8, 1, 'root', 1, nested(65)), 'nesting')
  assertRefused(ofClient(1, 1, 8, 1, 'root', 1, nested(200_000)), 'nesting')
  const json = (depth: number) =>
    `{"a":"[[[[","b":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  scanned(ofClient(1, 1, 5, 1, 'root', json(64)))
  assertRefused(ofClient(1, 1, 5, 1, 'root', json(65)), 'nesting')
  assertRefused(ofClient(1, 1, 6, 1, 'root', 'bold', json(100_000)), 'nesting')
})

test('[US10] refuses JSON that is none, but takes the old word for undefined', () => {
  for (const text of ['', '{', 'undefined', '[1,]', "'a'", '\u0000'])
    assertRefused(ofClient(1, 1, 5, 1, 'root', text), 'malformed')
  assert.equal(
    scanned(ofClient(1, 1, 2, 1, 'root', 2, 'undefined', '{"a":[]}')).structs[0]?.length,
    2,
  )
})

test('[US11] refuses strings that are not UTF-8, half a surrogate pair among them', () => {
  for (const bytes of [[0xed, 0xa0, 0x80], [0xff], [0xc0, 0x80], [0xf0, 0x9f, 0x98]])
    assertRefused(ofClient(1, 1, 4, 1, 'content', bytes.length, new Uint8Array(bytes)), 'malformed')
})

test('[US11] counts text in UTF-16 units', () => {
  const scan = scanned(ofClient(3, 1, 4, 1, 'content', 'ä漢😀\ufffd'))
  assert.deepEqual(scan.structs, [{ client: 3, clock: 0, length: 5 }])
  assert.equal(scan.insertedUnits, 5)
})

test('[US12] tells roots, contents, keys and nesting', () => {
  const text = scanned(edited((doc) => doc.getText('content').insert(0, 'a')))
  assert.deepEqual([...text.rootNames], ['content'])
  assert.deepEqual([...text.contents], ['string'])
  assert.deepEqual(
    [text.hasKeys, text.hasListItems, text.hasNestedParents, text.structCount],
    [false, true, false, 1],
  )
  const map = scanned(edited((doc) => doc.getMap('m').set('k', new Y.Array())))
  assert.deepEqual([...map.rootNames, ...map.contents], ['m', 'type'])
  assert.deepEqual([map.hasKeys, map.hasListItems, map.hasNestedParents], [true, false, false])
  const nested = edited((doc) => {
    const list = new Y.Array<number>()
    doc.getMap('m').set('k', list)
    list.push([1])
  })
  assert.equal(scanned(nested).hasNestedParents, true)
})

test('[US12] parts ranges of structs where a Skip leaves some out', () => {
  const scan = scanned(ofClient(4, 4, 0, 2, 0, 3, 10, 5, 0, 1))
  assert.deepEqual(scan.structs, [
    { client: 4, clock: 0, length: 5 },
    { client: 4, clock: 10, length: 1 },
  ])
  assert.deepEqual([scan.structCount, scan.gapCount, scan.isEmpty], [3, 1, false])
  assert.equal(scanned(ofClient(4, 1, 10, 5)).isEmpty, true)
})

test('[US12] names the highest id of each other client that structs build on', () => {
  const item = (client: number, clock: number) => wireBytes(byte(4 | origin), client, clock, 'a')
  const scan = scanned(ofClient(1, 4, item(2, 5), item(2, 9), item(2, 3), item(1, 0)))
  assert.deepEqual(scan.references, [{ client: 2, clock: 9 }])
})
