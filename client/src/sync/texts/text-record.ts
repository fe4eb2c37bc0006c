import type { TextFormat } from '@cloudsync/crdt'
import type { ContentName } from '../model/entry.ts'
import type { TextState } from './text-state.ts'

/** A `TextState` as it is stored: its updates one behind the other, and what else there is of it, as JSON. */
export interface StoredText {
  readonly state: Uint8Array
  readonly about: string
}

interface About {
  readonly version: 1
  readonly format: TextFormat
  readonly diskSha256?: ContentName
  readonly diskNode?: string
  readonly content?: ContentName
  readonly isHeld: boolean
  readonly isRewrite?: true
  readonly knownBytes: number
  readonly incomingBytes?: number
  readonly pendingBytes: readonly number[]
}

export function encodeTextState(text: TextState): StoredText {
  const { known, incoming, pending, format, diskSha256, diskNode, content, isHeld, isRewrite } =
    text
  const about: About = {
    version: 1,
    format,
    ...(diskSha256 === undefined ? {} : { diskSha256 }),
    ...(diskNode === undefined ? {} : { diskNode }),
    ...(content === undefined ? {} : { content }),
    isHeld,
    ...(isRewrite ? { isRewrite } : {}),
    knownBytes: known.byteLength,
    ...(incoming === undefined ? {} : { incomingBytes: incoming.byteLength }),
    pendingBytes: pending.map(({ byteLength }) => byteLength),
  }
  const state = Buffer.concat([known, ...(incoming ? [incoming] : []), ...pending])
  return { state, about: JSON.stringify(about) }
}

/** Throws `TypeError` for what is not of this form. */
export function decodeTextState({ state, about }: StoredText): TextState {
  const read = JSON.parse(about) as About
  if (read.version !== 1) throw new TypeError(`A text of version ${String(read.version)}`)
  let position = 0
  const take = (length: number) => state.subarray(position, (position += length))
  const known = take(read.knownBytes)
  const incoming = read.incomingBytes === undefined ? undefined : take(read.incomingBytes)
  const pending = read.pendingBytes.map(take)
  if (position !== state.byteLength) throw new TypeError('A text of another length than it says')
  const { format, diskSha256, diskNode, content, isHeld, isRewrite } = read
  const node = diskNode === undefined ? {} : { diskNode }
  const rewrite = isRewrite ? { isRewrite } : {}
  return { known, incoming, pending, format, diskSha256, ...node, content, isHeld, ...rewrite }
}
