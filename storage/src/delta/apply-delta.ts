import { decompress, isZstdDataError } from '../zstd.ts'
import { BaseAllowance } from './base-allowance.ts'
import {
  decodeDeltaHeader,
  DeltaBrokenError,
  deltaHeaderBytes,
  deltaSteps,
  maxDictionaryBytes,
  maxDictionaryRanges,
  maxStepBytes,
  rangeBytes,
  zstdWithBaseHeadBytes,
  type BaseRange,
  type DeltaHeader,
} from './delta-format.ts'
import { readRanges } from './read-ranges.ts'

/** The base of a delta: the bytes from `start` up to and without `end`, in pieces. */
export interface DeltaBase {
  readonly sizeBytes: number
  read(start: number, end: number): AsyncIterable<Uint8Array>
}

/** A delta that is being read: what it says of itself, and the content that it makes. */
export interface OpenDelta {
  readonly header: DeltaHeader
  /**
   * The content, which ends regularly only when it has the size that was said; its hash is for the caller to
   * check. Throws `DeltaBrokenError`, and what the source and the base throw.
   */
  apply(base: DeltaBase): AsyncGenerator<Uint8Array>
}

/** Reads the header of a delta. Throws `DeltaBrokenError`. */
export async function openDelta(source: AsyncIterable<Uint8Array>): Promise<OpenDelta> {
  const reader = new ByteSource(source)
  const header = decodeDeltaHeader(await reader.take(deltaHeaderBytes))
  return { header, apply: (base) => applySteps(reader, header, base) }
}

async function* applySteps(
  reader: ByteSource,
  { sizeBytes }: DeltaHeader,
  given: DeltaBase,
): AsyncGenerator<Uint8Array> {
  const base = new SparedBase(given)
  let position = 0
  for (;;) {
    const kind = (await reader.take(1))[0]
    if (kind === deltaSteps.end) break
    for await (const bytes of stepBytes(reader, kind, base)) {
      position += bytes.byteLength
      if (position > sizeBytes) throw new DeltaBrokenError('It gives more than it says')
      yield bytes
    }
  }
  if (position < sizeBytes) throw new DeltaBrokenError('It gives less than it says')
  await reader.requireEnd()
}

async function* stepBytes(
  reader: ByteSource,
  kind: number | undefined,
  base: SparedBase,
): AsyncGenerator<Uint8Array> {
  switch (kind) {
    case deltaSteps.copy: {
      const head = await reader.take(16)
      const start = Number(head.readBigUInt64BE(0))
      yield* base.read({ start, end: start + Number(head.readBigUInt64BE(8)) })
      return
    }
    case deltaSteps.raw: {
      const length = bounded((await reader.take(4)).readUInt32BE(0), maxStepBytes)
      yield await reader.take(length)
      return
    }
    case deltaSteps.zstd: {
      const head = await reader.take(8)
      yield await takeFrame(reader, head)
      return
    }
    case deltaSteps.zstdWithBase: {
      const head = await reader.take(zstdWithBaseHeadBytes)
      const ranges = await takeRanges(reader, head.readUInt16BE(8))
      yield await takeFrame(reader, head, await base.readAll(ranges))
      return
    }
    default:
      throw new DeltaBrokenError(`Steps of kind ${kind} are not known`)
  }
}

async function takeRanges(reader: ByteSource, count: number): Promise<BaseRange[]> {
  const bytes = await reader.take(bounded(count, maxDictionaryRanges) * rangeBytes)
  const ranges = Array.from({ length: count }, (_, index) => {
    const start = Number(bytes.readBigUInt64BE(index * rangeBytes))
    return { start, end: start + bytes.readUInt32BE(index * rangeBytes + 8) }
  })
  bounded(
    ranges.reduce((sum, { start, end }) => sum + end - start, 0),
    maxDictionaryBytes,
  )
  return ranges
}

/** The plain bytes of the frame that comes, whose plain length and own length its step's head begins with. */
async function takeFrame(
  reader: ByteSource,
  head: Buffer,
  dictionary?: Uint8Array,
): Promise<Uint8Array> {
  const plainBytes = bounded(head.readUInt32BE(0), maxStepBytes)
  const frame = await reader.take(bounded(head.readUInt32BE(4), maxStepBytes))
  return inflate(frame, plainBytes, dictionary)
}

function inflate(
  frame: Uint8Array,
  plainBytes: number,
  dictionary: Uint8Array | undefined,
): Uint8Array {
  try {
    const plain = decompress(frame, plainBytes, dictionary)
    if (plain.byteLength === plainBytes) return plain
  } catch (cause) {
    if (!isZstdDataError(cause)) throw cause
    throw new DeltaBrokenError('A frame is damaged', { cause })
  }
  throw new DeltaBrokenError('A frame gives another number of bytes than it says')
}

function bounded(length: number, max: number): number {
  if (length === 0 || length > max) throw new DeltaBrokenError('A step is out of bounds')
  return length
}

/** A base of which no more is read than there is, and than a delta may ask for. */
class SparedBase {
  readonly #base: DeltaBase
  readonly #allowance: BaseAllowance

  constructor(base: DeltaBase) {
    this.#base = base
    this.#allowance = new BaseAllowance(base.sizeBytes)
  }

  async *read(range: BaseRange): AsyncGenerator<Uint8Array> {
    this.#check(range)
    yield* this.#base.read(range.start, range.end)
  }

  /** The bytes of several ranges, one behind the other. */
  async readAll(ranges: readonly BaseRange[]): Promise<Buffer> {
    for (const range of ranges) this.#check(range)
    return readRanges(ranges, async (start, end) =>
      Buffer.concat(await Array.fromAsync(this.#base.read(start, end))),
    )
  }

  #check(range: BaseRange): void {
    // NaN and what is beyond the safe integers fail the comparison too.
    if (!(range.end > range.start && range.end <= this.#base.sizeBytes))
      throw new DeltaBrokenError('It copies what the base does not have')
    if (!this.#allowance.take(range)) throw new DeltaBrokenError('It reads the base too often')
  }
}

/** Gives the bytes of a source in the portions that are asked for. */
class ByteSource {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array()

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    const pieces: Uint8Array[] = []
    let missing = length
    while (missing > 0) {
      if (this.#held.byteLength === 0 && !(await this.#pull()))
        throw new DeltaBrokenError('It ends too early')
      const piece = this.#held.subarray(0, missing)
      this.#held = this.#held.subarray(piece.byteLength)
      missing -= piece.byteLength
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  }

  async requireEnd(): Promise<void> {
    if (this.#held.byteLength > 0 || (await this.#pull()))
      throw new DeltaBrokenError('Something follows its end')
  }

  /** Whether there was more. */
  async #pull(): Promise<boolean> {
    while (this.#held.byteLength === 0) {
      const { done, value } = await this.#source.next()
      if (done) return false
      this.#held = value
    }
    return true
  }
}
