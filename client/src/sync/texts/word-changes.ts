import { applyToString, type TextChange } from '@cloudsync/crdt'
import { takeWholeWords } from './whole-words.ts'

/** Longer runs of letters are no words. */
const maxWordLength = 200

/**
 * The same edit in whole words, so that none is torn whatever others do: a diff that finds `attention f` put behind the
 * `f` of `first` says the same as one that finds `fattention ` put before it, until somebody else deletes `first`.
 */
export function alignToWords(base: string, changes: readonly TextChange[]): readonly TextChange[] {
  const aligned: TextChange[] = []
  for (const [index, change] of changes.entries()) {
    const room = { start: aligned.at(-1)?.to ?? 0, end: changes[index + 1]?.from ?? base.length }
    aligned.push(isWithinWord(base, change) ? change : alignChange(base, change, room))
  }
  const isSame = applyToString(base, aligned) === applyToString(base, changes)
  return takeWholeWords(base, isSame ? aligned : changes)
}

function isWithinWord(base: string, { from, to, insert }: TextChange): boolean {
  return isAllWord(insert) && isAllWord(base.slice(from, to))
}

function alignChange(base: string, change: TextChange, room: Room): TextChange {
  const { from, to, insert } = change
  if (crossesPieces(base.slice(from, to))) return takeWholePieces(base, change, room)
  const before = wordLengthBefore(base, from, room.start)
  const head = base.slice(from - before, from)
  if (from === to) {
    const canTurn = before > 0 && insert.length >= before && insert.endsWith(head)
    return canTurn
      ? { from: from - before, to: from - before, insert: head + insert.slice(0, -before) }
      : change
  }
  if (insert === '') {
    const canTurn = before > 0 && to - from >= before && base.slice(to - before, to) === head
    return canTurn ? { from: from - before, to: to - before, insert } : change
  }
  const isTornBefore = isWordUnit(base, from) || isWordUnit(insert, 0)
  const isTornAfter = isWordUnit(base, to - 1) || isWordUnit(insert, insert.length - 1)
  const left = isTornBefore ? before : 0
  const right = isTornAfter ? wordLengthAfter(base, to, room.end) : 0
  return {
    from: from - left,
    to: to + right,
    insert: base.slice(from - left, from) + insert + base.slice(to, to + right),
  }
}

interface Room {
  readonly start: number
  readonly end: number
}

/** From one run of what is no space into another: what is left of both is no piece of either. */
function crossesPieces(deleted: string): boolean {
  return /\s/.test(deleted) && /\S/.test(deleted)
}

/**
 * What is put together from parts of two lines is in none of them, and a line that somebody else puts between those would
 * tear it apart.
 */
function takeWholePieces(base: string, change: TextChange, room: Room): TextChange {
  const { from, to, insert } = change
  const before = pieceLengthBefore(base, from, room.start)
  const head = base.slice(from - before, from)
  if (insert === '' && before > 0 && to - from >= before && base.slice(to - before, to) === head)
    return { from: from - before, to: to - before, insert }
  const next = insert.charAt(0) || base.charAt(to)
  const previous = insert.at(-1) ?? base.charAt(from - 1)
  const left = isPiece(base.charAt(from)) || isPiece(next) ? before : 0
  const isTornAfter = isPiece(base.charAt(to - 1)) || isPiece(previous)
  const right = isTornAfter ? pieceLengthAfter(base, to, room.end) : 0
  return {
    from: from - left,
    to: to + right,
    insert: base.slice(from - left, from) + insert + base.slice(to, to + right),
  }
}

function pieceLengthBefore(text: string, offset: number, start: number): number {
  const length = /\S*$/.exec(text.slice(Math.max(start, offset - maxWordLength), offset))?.[0]
    .length
  return length === undefined || length === maxWordLength ? 0 : length
}

function pieceLengthAfter(text: string, offset: number, end: number): number {
  const length = /^\S*/.exec(text.slice(offset, Math.min(end, offset + maxWordLength)))?.[0].length
  return length === undefined || length === maxWordLength ? 0 : length
}

function isPiece(unit: string): boolean {
  return /\S/.test(unit)
}

function wordLengthBefore(text: string, offset: number, start: number): number {
  const most = Math.min(maxWordLength, offset - start)
  let length = 0
  while (length < most && isWordUnit(text, offset - length - 1)) length += 1
  return offset - length > start && length === maxWordLength ? 0 : length
}

function wordLengthAfter(text: string, offset: number, end: number): number {
  const most = Math.min(maxWordLength, end - offset)
  let length = 0
  while (length < most && isWordUnit(text, offset + length)) length += 1
  return length === maxWordLength ? 0 : length
}

/** Halves of a surrogate pair count as letters, so that none is parted. */
const wordUnit = /[\p{L}\p{N}\p{M}_\ud800-\udfff]/u

function isWordUnit(text: string, index: number): boolean {
  return wordUnit.test(text.charAt(index))
}

function isAllWord(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (!isWordUnit(text, index)) return false
  return true
}
