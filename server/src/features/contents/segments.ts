import type { ChunkStream, ScannedPart } from '@cloudsync/storage'

/** So much of an upload is worked on at a time. */
const segmentBytes = 2 * 1024 * 1024
/** The first buffer of a source, of which nobody knows how long it is. */
const firstBytes = 64 * 1024

export interface ScannedSegment {
  readonly sizeBytes: number
  readonly part: ScannedPart
}

export interface Segment {
  /** In a buffer of its own, to be handed over. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly isLast: boolean
}

/**
 * A source in segments, for a stream; the last may be empty. The signal is looked at between the chunks of
 * the source.
 */
export async function* segmentsOf(
  source: AsyncIterable<Uint8Array>,
  stream: ChunkStream,
  signal?: AbortSignal,
): AsyncGenerator<Segment> {
  let segment: Uint8Array<ArrayBuffer> = new Uint8Array(firstBytes)
  let length = 0
  for await (const chunk of source) {
    signal?.throwIfAborted()
    for (let at = 0; at < chunk.byteLength;) {
      if (length === segment.byteLength) segment = doubled(segment)
      const part = chunk.subarray(at, at + segment.byteLength - length)
      segment.set(part, length)
      length += part.byteLength
      at += part.byteLength
      if (length < segmentBytes) continue
      yield { bytes: segment, isLast: false }
      segment = stream.takeBuffer(segmentBytes)
      length = 0
    }
  }
  yield { bytes: segment.subarray(0, length), isLast: true }
}

/** What scans of segments find; `goesOn` says that more of the content may come after the last of them. */
export async function* scansOf(
  segments: AsyncIterable<Segment>,
  stream: ChunkStream,
  { goesOn = false } = {},
): AsyncGenerator<ScannedSegment> {
  for await (const { bytes, isLast } of segments) {
    const sizeBytes = bytes.byteLength
    yield { sizeBytes, part: await stream.scan(bytes, isLast && !goesOn) }
  }
}

export async function* startingWith<Item>(
  first: Item,
  rest: AsyncGenerator<Item>,
): AsyncGenerator<Item> {
  yield first
  yield* rest
}

function doubled(segment: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(segment.byteLength * 2)
  larger.set(segment)
  return larger
}

/** The same, one item ahead, so that the next arrives while this one is worked on. */
export async function* oneAhead<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  let next = items.next()
  try {
    for (;;) {
      const { done, value } = await next
      if (done) return
      next = items.next()
      // Whoever asks for it hears of its failure; until then it is nobody's.
      next.catch(() => undefined)
      yield value
    }
  } finally {
    await items.return(undefined)
  }
}
