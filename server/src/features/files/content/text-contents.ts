import { encodeText, type TextFormat } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { LiveDocuments, LogPosition } from '#features/live/index.ts'
import type { NodeReader, NodeRow } from '../nodes/node-reader.ts'
import type { Content } from './send-content.ts'
import { formatOf } from './text-format.ts'
import { textEtag } from './text-etag.ts'

/** A text as it is now. */
export interface TextContent extends Content {
  readonly nodeId: NodeId
  readonly bytes: Uint8Array
  readonly node: NodeRow
  readonly text: string
  readonly format: TextFormat
  readonly position: LogPosition
}

/** Reads texts as files: the live document and the flags beside it, made into bytes. */
export class TextContents {
  readonly #nodes: NodeReader
  readonly #live: LiveDocuments

  constructor(nodes: NodeReader, live: LiveDocuments) {
    this.#nodes = nodes
    this.#live = live
  }

  /**
   * Throws `not_found`. Text and flags are read one after the other; whichever pair is seen, the tag
   * names just the bytes that it makes.
   */
  async read(nodeId: NodeId): Promise<TextContent> {
    return this.readOf(await this.#nodes.get(nodeId))
  }

  /** As `read`, of a node that was read a moment ago. */
  async readOf(node: NodeRow): Promise<TextContent> {
    const { text, position } = await this.#live.readText(node.id)
    const format = formatOf(node)
    const bytes = encodeText(text, format)
    return {
      nodeId: node.id,
      node,
      text,
      format,
      position,
      bytes,
      sizeBytes: bytes.length,
      etag: textEtag({ position, format }),
      name: node.name,
      mediaType: node.media_type ?? 'text/plain',
      open: async (range) =>
        range === 'whole' ? bytes : bytes.subarray(range.first, range.last + 1),
    }
  }
}
