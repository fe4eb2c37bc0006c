import { seededRandom } from '@cloudsync/crdt/testing'
import * as Y from 'yjs'

/** What a typist sends: valid updates in their order, under one honest client id. */
export interface Typing {
  readonly clientId: number
  readonly updates: readonly Uint8Array[]
}

/** A typist goes on where the cursor is, and at times moves it. */
const CURSOR_MOVE_PROBABILITY = 0.1

/** A mark, two digits of the typist's number, four of the update's. */
const TOKEN_CHARS = 7
const MARK = '#'
const MARK_CODE = MARK.charCodeAt(0)
const RADIX = 36

const made = new Map<
  number,
  { readonly type: () => Uint8Array; readonly typing: { clientId: number; updates: Uint8Array[] } }
>()

/**
 * The first `count` updates of a typist, made once per process. Each inserts a token that tells typist
 * and number, so that it is found again in frames that merge many updates.
 */
export function typingOf(typist: number, count: number): Typing {
  let entry = made.get(typist)
  if (!entry) {
    entry = openTypist(typist)
    made.set(typist, entry)
  }
  const { typing, type } = entry
  while (typing.updates.length < count) typing.updates.push(type())
  return typing
}

function openTypist(typist: number) {
  const random = seededRandom(typist + 1)
  const doc = new Y.Doc()
  doc.clientID = Math.floor(random() * 2 ** 32)
  const text = doc.getText('content')
  let update = new Uint8Array()
  doc.on('update', (bytes: Uint8Array) => {
    update = new Uint8Array(bytes)
  })
  let cursor = 0
  let number = 0
  const type = () => {
    if (random() < CURSOR_MOVE_PROBABILITY)
      cursor = Math.floor((random() * text.length) / TOKEN_CHARS) * TOKEN_CHARS
    text.insert(cursor, tokenOf(typist, number))
    cursor += TOKEN_CHARS
    number += 1
    return update
  }
  return { type, typing: { clientId: doc.clientID, updates: [] as Uint8Array[] } }
}

function tokenOf(typist: number, number: number): string {
  return MARK + typist.toString(RADIX).padStart(2, '0') + number.toString(RADIX).padStart(4, '0')
}

/** Calls `found` for each token in a frame. */
export function findTokens(
  frame: Uint8Array,
  found: (typist: number, number: number) => void,
): void {
  for (let at = frame.indexOf(MARK_CODE); at !== -1; at = frame.indexOf(MARK_CODE, at + 1)) {
    const typist = readDigits(frame, at + 1, 2)
    const number = readDigits(frame, at + 3, 4)
    // The mark's byte also occurs in ids and lengths; digits rarely follow it there.
    if (typist >= 0 && number >= 0) found(typist, number)
  }
}

function readDigits(frame: Uint8Array, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at += 1) {
    const code = frame[at] ?? 0
    if (code >= 48 && code <= 57) value = value * RADIX + code - 48
    else if (code >= 97 && code <= 122) value = value * RADIX + code - 87
    else return -1
  }
  return value
}

/**
 * The state of a document of about `textBytes` characters that was written in pieces of `pieceChars` at
 * random places, as V1; then so many single characters were deleted, at random places too.
 */
export function writtenState(textBytes: number, pieceChars: number, deletes = 0): Uint8Array {
  const random = seededRandom(7)
  const doc = new Y.Doc()
  doc.clientID = Math.floor(random() * 2 ** 32)
  const text = doc.getText('content')
  const piece = 'The quick brown fox jumps over the lazy dog. '
    .repeat(Math.ceil(pieceChars / 45))
    .slice(0, pieceChars)
  doc.transact(() => {
    for (let length = 0; length < textBytes; length += pieceChars)
      text.insert(Math.floor(random() * (length / pieceChars + 1)) * pieceChars, piece)
    for (let deleted = 0; deleted < deletes; deleted += 1)
      text.delete(Math.floor(random() * text.length), 1)
  })
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return state
}
