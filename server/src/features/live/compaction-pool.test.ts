import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isContained, readText, scanUpdate, stateUpdateLimits } from '@cloudsync/crdt'
import { Random, RandomEditors } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { unpackCheckpointSync } from './checkpoint.ts'
import { CompactionPool } from './compaction-pool.ts'
import { openBytes, sealBytes, type StoredBytes } from './document-seals.ts'

const documentId = 'a document' as NodeId
const sealWith = { documentId, id: 7, key: randomBytes(32) }
const openWith = { documentId, byId: new Map([[sealWith.id, sealWith.key]]) }

const runs = Number(process.env['FUZZ_RUNS'] ?? 60)

test('a checkpoint keeps what waits for others, and all of it appears when they arrive', async () => {
  await using pool = new CompactionPool()
  let waited = 0
  for (let seed = 1; seed <= runs; seed += 1) {
    const random = new Random(seed)
    const updates = writeOutOfOrder(random)
    let checkpoint: StoredBytes | undefined
    const straight = new Y.Doc()
    for (let at = 0; at < updates.length;) {
      const rows = updates.slice(at, (at += 1 + random.below(6)))
      checkpoint = await fold(pool, checkpoint, rows)
      for (const row of rows) Y.applyUpdate(straight, row)
      const opened = open(checkpoint)
      assert.deepEqual(stateOf(opened), stateOf(straight), `seed ${seed}, row ${at}`)
      if (stateOf(straight).waits) waited += 1
    }
    const whole = open(checkpoint)
    assert.equal(stateOf(whole).waits, false, `seed ${seed}`)
    for (const update of updates) assert.ok(contains(whole, update), `seed ${seed}`)
  }
  assert.ok(waited > runs, `${waited} checkpoints had something waiting`)
})

/** What people write, a quarter of it late: much that comes meanwhile builds on what is missing. */
function writeOutOfOrder(random: Random): Uint8Array[] {
  const editors = new RandomEditors(random, 'text')
  const written = Array.from({ length: 5 + random.below(30) }, () => editors.step()).flat()
  const places = written.map((_, index) => index + (random.chance(0.25) ? random.below(60) : 0))
  return written
    .map((update, index) => ({ update, place: places[index] ?? 0 }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ update }) => update)
}

async function fold(
  pool: CompactionPool,
  checkpoint: StoredBytes | undefined,
  payloads: readonly Uint8Array[],
): Promise<StoredBytes> {
  const rows = payloads.map((plain, seq) => ({
    seq,
    authorId: null,
    createdAt: new Date(0),
    // Some are of an earlier version.
    payload: seq % 3 === 0 ? { bytes: plain, keyId: null } : sealBytes(sealWith, 'update', plain),
  }))
  return (await pool.run({ checkpoint, rows, openWith, sealWith })).state
}

function open(checkpoint: StoredBytes | undefined): Y.Doc {
  const doc = new Y.Doc()
  if (checkpoint)
    Y.applyUpdate(doc, unpackCheckpointSync(openBytes(openWith, 'checkpoint', checkpoint)))
  return doc
}

function stateOf(doc: Y.Doc) {
  const { pendingStructs, pendingDs } = doc.store
  return {
    text: readText(doc),
    clocks: new Map(Y.decodeStateVector(Y.encodeStateVector(doc))),
    waits: pendingStructs !== null || pendingDs !== null,
  }
}

function contains(doc: Y.Doc, update: Uint8Array): boolean {
  const scan = scanUpdate(update, stateUpdateLimits)
  return scan.kind !== 'refused' && isContained(scan, doc)
}
