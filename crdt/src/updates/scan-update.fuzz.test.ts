import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { fuzz } from '../testing/fuzz.ts'
import { mutateBytes } from '../testing/mutate-bytes.ts'
import { Random } from '../testing/random.ts'
import { RandomEditors, type EditMode } from '../testing/random-updates.ts'
import { checkTextUpdate } from './check-text-update.ts'
import { liveUpdateLimits, stateUpdateLimits } from './scan-limits.ts'
import { scanUpdate } from './scan-update.ts'
import type { IdRange, UpdateScan } from './update-scan.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

const mutations = Number(process.env['FUZZ_RUNS'] ?? 200_000)
const slowestMs = 50

function scanned(update: Uint8Array): UpdateScan {
  const scan = scanUpdate(update, stateUpdateLimits)
  if (scan.kind === 'refused') assert.fail(`${scan.reason}: ${scan.detail}`)
  return scan
}

/** The same as a scan, by Yjs' own decoder. */
function decoded(update: Uint8Array): { structs: IdRange[]; deletes: IdRange[]; count: number } {
  const { structs, ds } = Y.decodeUpdate(update)
  const ranges: IdRange[] = []
  let count = 0
  for (const { id, length, constructor } of structs) {
    if (constructor.name === 'Skip') continue
    count += 1
    const last = ranges.at(-1)
    if (last && last.client === id.client && last.clock + last.length === id.clock)
      ranges[ranges.length - 1] = { ...last, length: last.length + length }
    else ranges.push({ client: id.client, clock: id.clock, length })
  }
  const deletes = [...ds.clients].flatMap(([client, items]) =>
    items.map(({ clock, len }) => ({ client, clock, length: len })),
  )
  return { structs: ranges, deletes, count }
}

function collectUpdates(seed: number, mode: EditMode, count: number): Uint8Array[] {
  const updates: Uint8Array[] = []
  for (let round = 0; updates.length < count; round += 1) {
    const editors = new RandomEditors(new Random(seed + round), mode)
    for (let step = 0; step < 60; step += 1) updates.push(...editors.step())
  }
  return updates
}

for (const mode of ['text', 'general'] as const) {
  test(`[US2] finds the ranges that Yjs finds in 12,000 updates of random ${mode} editing`, () => {
    for (const update of collectUpdates(1000, mode, 12_000)) {
      const scan = scanned(update)
      const expected = decoded(update)
      assert.deepEqual(scan.structs, expected.structs)
      assert.deepEqual(scan.deletes, expected.deletes)
      assert.equal(scan.structCount, expected.count)
      assert.equal(scan.isEmpty, expected.structs.length + expected.deletes.length === 0)
    }
  })
}

test('[US3] [TU1] never refuses what honest text editors send', () => {
  for (const update of collectUpdates(5000, 'text', 12_000)) {
    assert.equal(scanUpdate(update, liveUpdateLimits).kind, 'ok')
    assert.equal(checkTextUpdate(scanned(update)), undefined)
  }
})

test(
  `[US1] [US4] takes nothing that Yjs fails on or needs long for, in ${mutations} damaged updates`,
  // A million takes a minute on an idle machine.
  { timeout: 120_000 + mutations },
  () => {
    const corpus = [
      ...collectUpdates(9000, 'general', 1_500),
      ...collectUpdates(9500, 'text', 1_500),
    ]
    let taken = 0
    fuzz({ runs: mutations, seed: 20_000 }, (random) => {
      const bytes = mutateBytes(random, random.pick(corpus), random.pick(corpus))
      if (timed(() => scanUpdate(bytes)).kind === 'refused') return
      taken += 1
      const honest = random.chance(0.25) ? random.pick(corpus) : undefined
      timed(() => applyAround(bytes, honest))
    })
    assert.ok(taken > mutations / 100, `only ${taken} of ${mutations} were taken`)
  },
)

/** Applies bytes to a fresh document; after that it must still encode, and take an honest update. */
function applyAround(bytes: Uint8Array, honest: Uint8Array | undefined): void {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, bytes)
  if (!honest) return
  Y.encodeStateAsUpdate(doc)
  Y.applyUpdate(doc, honest)
}

/** Runs a step and fails when it takes too long, three times in a row: the machine may have other work. */
function timed<T>(step: () => T): T {
  for (let attempt = 1; ; attempt += 1) {
    const cpuMs = startCpuTimer()
    const result = step()
    const tookMs = cpuMs()
    if (tookMs < slowestMs) return result
    assert.ok(attempt < 3, `took ${tookMs} ms`)
  }
}
