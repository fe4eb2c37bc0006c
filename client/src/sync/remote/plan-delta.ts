import {
  encodeCopy,
  encodedEnd,
  encodeDeltaHeader,
  encodeNew,
  maxStepBytes,
  sha256FromHex,
} from '@cloudsync/storage/delta'
import type { FineChunks } from './fine-chunks.ts'
import type { SequentialSource } from './sequential-source.ts'

export type DeltaStep =
  | { readonly kind: 'copy'; readonly start: number; readonly end: number }
  /** Bytes of the new content. */
  | { readonly kind: 'new'; readonly start: number; readonly end: number }

export interface DeltaPlan {
  readonly steps: readonly DeltaStep[]
  readonly newBytes: number
}

/** A reader of a delta reads no more of the base than eight times its size and this, in ranges that count as 64 KiB. */
const allowedBytes = 64 * 1024 * 1024
const rangeCostBytes = 64 * 1024

/** How a content is made of one whose pieces are known; `undefined` where a reader would refuse it. */
export function planDelta(base: FineChunks, target: FineChunks): DeltaPlan | undefined {
  const starts = startsOf(base)
  const table = new ChunkTable(base)
  const steps: DeltaStep[] = []
  let [position, newBytes, next] = [0, 0, 0]
  for (let index = 0; index < target.count; index++) {
    const length = target.lengthOf(index)
    const isNext = next < base.count && target.isSame(index, base, next)
    const found = isNext ? next : table.find(target, index)
    if (found === undefined) {
      extend(steps, { kind: 'new', start: position, end: position + length })
      newBytes += length
    } else {
      const start = starts[found] as number
      extend(steps, { kind: 'copy', start, end: start + length })
      next = found + 1
    }
    position += length
  }
  const cost = steps.reduce(
    (sum, { kind, start, end }) =>
      sum + (kind === 'copy' ? Math.max(rangeCostBytes, end - start) : 0),
    0,
  )
  const baseBytes = starts[base.count] as number
  return cost <= 8 * baseBytes + allowedBytes ? { steps, newBytes } : undefined
}

function startsOf(base: FineChunks): Float64Array {
  const starts = new Float64Array(base.count + 1)
  for (let index = 0; index < base.count; index++)
    starts[index + 1] = (starts[index] as number) + base.lengthOf(index)
  return starts
}

/** Where pieces are first found: a table without objects, of which there would be a quarter of a million. */
class ChunkTable {
  readonly #chunks: FineChunks
  /** The index of a piece and 1, at the place of its bits or behind; 0: nothing. */
  readonly #slots: Uint32Array

  constructor(chunks: FineChunks) {
    this.#chunks = chunks
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * chunks.count + 2)))
    for (let index = 0; index < chunks.count; index++) {
      const slot = this.#slotOf(chunks, index)
      if (this.#slots[slot] === 0) this.#slots[slot] = index + 1
    }
  }

  find(chunks: FineChunks, index: number): number | undefined {
    const held = this.#slots[this.#slotOf(chunks, index)] as number
    return held === 0 ? undefined : held - 1
  }

  /** Where it is, or would be. */
  #slotOf(chunks: FineChunks, index: number): number {
    const last = this.#slots.length - 1
    for (let slot = chunks.bitsOf(index) & last; ; slot = (slot + 1) & last) {
      const held = this.#slots[slot] as number
      if (held === 0 || chunks.isSame(index, this.#chunks, held - 1)) return slot
    }
  }
}

/** What follows the last step in the same place is part of it. */
function extend(steps: DeltaStep[], step: DeltaStep): void {
  const last = steps.at(-1)
  if (last?.kind === step.kind && last.end === step.start)
    steps[steps.length - 1] = { kind: step.kind, start: last.start, end: step.end }
  else steps.push(step)
}

/** The delta on the wire (docs/formats.md), as it is read from the new content. */
export async function* encodeDelta(
  { steps }: DeltaPlan,
  names: { readonly base: string; readonly target: string; readonly sizeBytes: number },
  content: SequentialSource,
): AsyncGenerator<Uint8Array, void> {
  const [base, target] = [sha256FromHex(names.base), sha256FromHex(names.target)]
  yield encodeDeltaHeader({ base, target, sizeBytes: names.sizeBytes })
  for (const { kind, start, end } of steps) {
    if (kind === 'copy') {
      yield encodeCopy(start, end - start)
      continue
    }
    for (let at = start; at < end; at += maxStepBytes)
      yield encodeNew(await content.bytes(at, Math.min(end, at + maxStepBytes)))
  }
  yield encodedEnd
}
