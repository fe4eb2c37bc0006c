import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import { crookedUpdate, type CrookedStruct } from '../testing/crooked-updates.ts'
import { wireBytes } from '../testing/wire-bytes.ts'
import { textRootName } from '../text/text-document.ts'
import { causalOrder } from './causal-order.ts'
import { UpdateReader } from './read-update.ts'
import { stateUpdateLimits } from './scan-limits.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

const unknown = () => 0

function orderOf(update: Uint8Array) {
  const reader = new UpdateReader(update, stateUpdateLimits, { isKeepingStructs: true })
  reader.read()
  return causalOrder(reader.structs, unknown)
}

/** One update of many clients. */
function together(sections: ReadonlyMap<number, readonly CrookedStruct[]>): Uint8Array {
  const written = [...sections].map(([client, structs]) =>
    crookedUpdate(client, 0, structs, { root: textRootName }).subarray(1, -1),
  )
  return Uint8Array.from(Buffer.concat([wireBytes(sections.size), ...written, wireBytes(0)]))
}

suite('the causal order of structs', () => {
  test('[CU7] takes what two wrote who took turns', () => {
    const [ada, grace] = [new Y.Doc(), new Y.Doc()]
    for (let turn = 0; turn < 50; turn += 1) {
      for (const [one, other] of [
        [ada, grace],
        [grace, ada],
      ] as const) {
        const text = one.getText(textRootName)
        text.insert(text.length, 'word ')
        Y.applyUpdate(other, Y.encodeStateAsUpdate(one, Y.encodeStateVector(other)))
      }
    }
    const { structs, waiting } = orderOf(Y.encodeStateAsUpdate(ada))
    assert.equal(waiting.length, 0)
    assert.equal(structs.length, 100)
  })

  test('[CU7] leaves what builds on itself in a circle, and all behind it', () => {
    const { structs, waiting } = orderOf(
      together(
        new Map([
          [1, [{}, { origin: { client: 2, clock: 0 } }, {}]],
          [2, [{ origin: { client: 3, clock: 0 } }]],
          [3, [{ origin: { client: 1, clock: 1 } }]],
          [4, [{}, { origin: { client: 3, clock: 0 } }]],
        ]),
      ),
    )
    const idOf = ({ client, clock }: { client: number; clock: number }) => `${client}:${clock}`
    assert.deepEqual(structs.map(idOf).toSorted(), ['1:0', '4:0'])
    assert.deepEqual(waiting.map(idOf).toSorted(), ['1:1', '1:2', '2:0', '3:0', '4:1'])
  })

  test('[CU7] takes little time for a ladder of ten thousand clients', () => {
    const count = 10_000
    const sections = new Map(
      Array.from({ length: count }, (_, client): [number, CrookedStruct[]] => [
        client,
        [0, 1, 2, 3, 4].map((clock) => ({
          origin: client + 1 < count ? { client: client + 1, clock } : undefined,
        })),
      ]),
    )
    const update = together(sections)
    const cpuMs = startCpuTimer()
    const { structs } = orderOf(update)
    assert.equal(structs.length, 5 * count)
    // Some 0.2 s of this thread, whatever else the machine does; a way that looks at each again takes minutes.
    const tookMs = cpuMs()
    assert.ok(tookMs < 5_000, `${tookMs} ms`)
  })
})
