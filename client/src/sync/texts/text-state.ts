import { encodeText, readText, type TextFormat } from '@cloudsync/crdt'
import { createHash } from 'node:crypto'
import * as Y from 'yjs'
import type { ContentName } from '../model/entry.ts'

/**
 * What is kept of a live text that lies on the disk as a file. All updates are Yjs V1.
 *
 *     known      what the server is known to have, as far as the disk shows it
 *     pending    what was typed on the disk since, one update for each time that the file was read
 *     incoming   what the server has told and the disk does not show yet
 *
 *     known + pending              the copy: what the file on the disk says
 *     known + incoming             the server's side
 *     known + pending + incoming   both sides together
 *
 * A state is stored before anything is done by it: before `pending` is sent, so that what is sent again is the same
 * structs, and before `incoming` is written into the file, so that it is never taken for typing.
 */
export interface TextState {
  readonly known: Uint8Array
  readonly pending: readonly Uint8Array[]
  readonly incoming: Uint8Array | undefined
  /** How the file on the disk writes the text out. */
  readonly format: TextFormat
  /** SHA-256 of the bytes on the disk that are the copy; `undefined` before there are any. */
  readonly diskSha256: ContentName | undefined
  /** Which file that is, as `nodeKey` says. A write puts another one in its place. */
  readonly diskNode?: string | undefined
  /** As the server named the text when it last answered. Its epoch tells when a text begins anew. */
  readonly content: ContentName | undefined
  /** Set where both sides together are not readable any more: `pending` stays here until a person has decided. */
  readonly isHeld: boolean
  /** Nearly all was written anew, and that is not sent yet: what is there before is to be kept as a version. */
  readonly isRewrite?: boolean | undefined
}

export function sha256Of(bytes: Uint8Array): ContentName {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A document of these updates. The caller destroys it. */
export function openDocument(
  updates: readonly (Uint8Array | undefined)[],
  clientId?: number,
): Y.Doc {
  const doc = new Y.Doc()
  if (clientId !== undefined) doc.clientID = clientId
  doc.transact(() => {
    for (const update of updates) if (update) Y.applyUpdate(doc, update)
  })
  return doc
}

export function textOf(...updates: readonly (Uint8Array | undefined)[]): string {
  const doc = openDocument(updates)
  const text = readText(doc)
  doc.destroy()
  return text
}

/** One update of several, without what only the way there was good for. */
export function joined(...updates: readonly (Uint8Array | undefined)[]): Uint8Array {
  const doc = openDocument(updates)
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}

export const copyText = ({ known, pending }: TextState): string => textOf(known, ...pending)

/** The bytes of the file by the copy alone. */
export function copyBytes(state: TextState): Uint8Array {
  return encodeText(copyText(state), state.format)
}

/** A file that is to be written, if there is still what the state says. */
export interface TextWrite {
  readonly bytes: Uint8Array
  readonly sha256: ContentName
  /** What may be replaced; `undefined`: nothing may be there. */
  readonly replaces: ContentName | undefined
}

/** What the file becomes when both sides are together in it; `undefined` when the disk shows that already. */
export function nextWrite(state: TextState): TextWrite | undefined {
  if (state.isHeld || (state.incoming === undefined && state.diskSha256 !== undefined))
    return undefined
  const { known, pending, incoming, format, diskSha256 } = state
  const bytes = encodeText(textOf(known, ...pending, incoming), format)
  const sha256 = sha256Of(bytes)
  return { bytes, sha256, replaces: diskSha256 }
}

/** The file holds what `nextWrite` said. */
export function written(state: TextState, sha256: ContentName): TextState {
  const known = state.incoming ? joined(state.known, state.incoming) : state.known
  return { ...state, known, incoming: undefined, diskSha256: sha256 }
}

/**
 * A text that the server has, given whole, of which nothing is known here. `diskSha256`: of what was downloaded of it
 * and lies in the file, if that is so; where the text has gone on since, the next write brings it there.
 */
export function startText({ update, content, format, diskSha256 }: StartInput): TextState {
  const known = joined(update)
  const isThere =
    diskSha256 === undefined || diskSha256 === sha256Of(encodeText(textOf(known), format))
  const incoming = isThere ? undefined : joined()
  return { known, pending: [], incoming, format, diskSha256, content, isHeld: false }
}

export interface StartInput {
  readonly update: Uint8Array
  readonly content: ContentName
  readonly format: TextFormat
  readonly diskSha256: ContentName | undefined
}
