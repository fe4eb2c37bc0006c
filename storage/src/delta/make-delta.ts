import type { ManifestEntry } from '../packs/manifest-page.ts'
import type { Sha256 } from '../sha256.ts'
import { BaseAllowance } from './base-allowance.ts'
import { BaseChunks } from './base-chunks.ts'
import {
  encodeCopy,
  encodedEnd,
  encodeDeltaHeader,
  maxStepBytes,
  type BaseRange,
} from './delta-format.ts'
import { deltaWorkHere, type DeltaWork, type OldBytes } from './delta-work.ts'
import { OldPlaces } from './old-places.ts'
import { readRanges } from './read-ranges.ts'

/** A content of which the chunks are known, and any part can be read. */
export interface ChunkedContent {
  readonly sha256: Sha256
  readonly sizeBytes: number
  readonly chunks: AsyncIterable<ManifestEntry> | Iterable<ManifestEntry>
  /** The bytes from `start` up to and without `end`. */
  read(start: number, end: number): Promise<Uint8Array>
}

/** Of a base that is mostly gone, so much is looked through for what new bytes resemble … */
const maxSearchedBytes = 256 * 1024 * 1024
/** … and no more than their number lets expect to be of use. */
const searchedPerNewByte = 4
const minSearchedBytes = 16 * 1024 * 1024

type Step =
  | { readonly kind: 'copy'; readonly from: BaseRange }
  /** Bytes of the target; they belong where the base has `basePosition`. */
  | {
      readonly kind: 'new'
      readonly start: number
      readonly end: number
      readonly basePosition: number
    }

/**
 * The delta that makes `target` from `base`, piece by piece. Chunks that both have are copied. The others go in
 * pieces of up to 1 MiB, each compressed with those parts of the base as its dictionary that resemble it most.
 */
export async function* makeDelta(
  base: ChunkedContent,
  target: ChunkedContent,
  work: DeltaWork = deltaWorkHere,
): AsyncGenerator<Uint8Array> {
  yield encodeDeltaHeader({
    base: base.sha256,
    target: target.sha256,
    sizeBytes: target.sizeBytes,
  })
  const known = await BaseChunks.read(base.chunks)
  const allowance = new BaseAllowance(base.sizeBytes)
  const steps = await planSteps(known, target, allowance)
  const places = await findOldPlaces(known, base, steps, work)
  for (const step of steps) {
    if (step.kind === 'copy') {
      yield encodeCopy(step.from.start, step.from.end - step.from.start)
      continue
    }
    const plain = await target.read(step.start, step.end)
    const old = places.find(await work.fingerprint(plain), {
      position: step.basePosition,
      plainBytes: plain.byteLength,
    })
    const alone = old.isUnlikely ? await work.encodeNew(plain) : undefined
    const isIncompressible = alone !== undefined && alone.byteLength > plain.byteLength
    yield isIncompressible
      ? alone
      : await work.encodeNew(plain, await readOld(base, old.ranges, allowance))
  }
  yield encodedEnd
}

/** Chunks that lie one behind the other in the base as well are one step, and so are new ones up to 1 MiB. */
async function planSteps(
  known: BaseChunks,
  target: ChunkedContent,
  allowance: BaseAllowance,
): Promise<Step[]> {
  const steps: Step[] = []
  /** Where the base goes on after what was copied last; a new chunk stands for about as much of it. */
  let basePosition = 0
  let position = 0
  for await (const { hash, plainBytes } of target.chunks) {
    const found = known.find(hash, basePosition)
    const last = steps.at(-1)
    const end = position + plainBytes
    if (found !== undefined && allowance.take({ start: found, end: found + plainBytes })) {
      const isNext = last?.kind === 'copy' && last.from.end === found
      if (isNext) steps.pop()
      const start = isNext ? last.from.start : found
      steps.push({ kind: 'copy', from: { start, end: found + plainBytes } })
      basePosition = found + plainBytes
    } else {
      const isNext = last?.kind === 'new' && end - last.start <= maxStepBytes
      if (isNext) steps.pop()
      steps.push(isNext ? { ...last, end } : { kind: 'new', start: position, end, basePosition })
      basePosition += plainBytes
    }
    position = end
  }
  return steps
}

/** Looks through what the target does not have any more: the older forms of what is new in it. */
async function findOldPlaces(
  known: BaseChunks,
  base: ChunkedContent,
  steps: readonly Step[],
  work: DeltaWork,
): Promise<OldPlaces> {
  const places = new OldPlaces(base.sizeBytes)
  const newBytes = steps.reduce(
    (sum, step) => (step.kind === 'new' ? sum + step.end - step.start : sum),
    0,
  )
  if (newBytes === 0) return places
  let leftBytes = Math.min(maxSearchedBytes, minSearchedBytes + newBytes * searchedPerNewByte)
  for (const { start, end } of known.listUnfound()) {
    if (leftBytes < end - start) break
    leftBytes -= end - start
    places.add(await work.fingerprint(await base.read(start, end)), start)
  }
  return places
}

/** `undefined` where a delta may not read so much of its base any more. */
async function readOld(
  base: ChunkedContent,
  ranges: readonly BaseRange[],
  allowance: BaseAllowance,
): Promise<OldBytes | undefined> {
  if (!allowance.take(...ranges)) return undefined
  return { ranges, bytes: await readRanges(ranges, (start, end) => base.read(start, end)) }
}
