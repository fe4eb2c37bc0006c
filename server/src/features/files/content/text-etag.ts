import type { TextFormat } from '@cloudsync/crdt'
import type { LogPosition } from '#features/live/index.ts'

/** What a text's bytes are made of: where its log stood, and how the text was written out. */
export interface TextTag {
  readonly position: LogPosition
  readonly format: TextFormat
}

/**
 * The entity tag of a text's bytes, without quotes: `<epoch>.<seq>`. A byte order mark and CRLF line
 * endings are flags beside the text; a strong tag must tell the bytes apart that they make (RFC 9110
 * §8.8.1), so they follow as `-bom` and `-crlf`.
 */
export function textEtag({ position, format }: TextTag): string {
  const bom = format.bom ? '-bom' : ''
  const crlf = format.lineEnding === 'crlf' ? '-crlf' : ''
  return `${position.epoch}.${position.seq}${bom}${crlf}`
}

/** The position that an entity tag of `textEtag` names, or `undefined` when it is none. */
export function findTagPosition(tag: string): LogPosition | undefined {
  const match = /^([0-9]{1,9})\.([0-9]{1,15})(?:-bom)?(?:-crlf)?$/.exec(tag)
  return match ? { epoch: Number(match[1]), seq: Number(match[2]) } : undefined
}
