import { applyToString, isWithinWord, type TextChange } from '@cloudsync/crdt'

/** What is longer, around a change, is no word. */
const maxLength = 64

/** A change by its places in both texts. */
interface Span {
  readonly from: number
  readonly to: number
  readonly nextFrom: number
  readonly nextTo: number
}

/**
 * The same edit, with each word that it changes written anew. Of `pear-1` that becomes `pear-18` an `8` would be left as
 * soon as somebody else deletes `pear-1`, and in a text that was written anew letters that words have in common by chance
 * would be all that holds them together. With a word goes the punctuation around it, if no other word is in that.
 */
export function takeWholeWords(base: string, changes: readonly TextChange[]): TextChange[] {
  const next = applyToString(base, changes)
  const texts = { base, next }
  const spans = growToPieces(texts, growToWords(texts, spansOf(changes)))
  return spans.map(({ from, to, nextFrom, nextTo }) => ({
    from,
    to,
    insert: next.slice(nextFrom, nextTo),
  }))
}

interface Texts {
  readonly base: string
  readonly next: string
}

function spansOf(changes: readonly TextChange[]): Span[] {
  let shift = 0
  return changes.map(({ from, to, insert }) => {
    const nextFrom = from + shift
    shift += insert.length - (to - from)
    return { from, to, nextFrom, nextTo: nextFrom + insert.length }
  })
}

function growToWords(texts: Texts, spans: readonly Span[]): Span[] {
  const grown = spans.map((span, index) => {
    const start = spans[index - 1]?.to ?? 0
    const end = spans[index + 1]?.from ?? texts.base.length
    return grow(span, lettersBefore(texts, span, start), lettersAfter(texts, span, end))
  })
  return joined(grown)
}

function lettersBefore({ base, next }: Texts, { from, nextFrom }: Span, start: number): number {
  let count = 0
  while (from - count > start && count <= maxLength) {
    if (!isWithin(base, from - count) && !isWithin(next, nextFrom - count)) return count
    count += 1
  }
  return count <= maxLength ? count : 0
}

function lettersAfter({ base, next }: Texts, { to, nextTo }: Span, end: number): number {
  let count = 0
  while (to + count < end && count <= maxLength) {
    if (!isWithin(base, to + count) && !isWithin(next, nextTo + count)) return count
    count += 1
  }
  return count <= maxLength ? count : 0
}

/** Whether the units on both sides belong to one word, `2026-01-05` and `don't` too. */
function isWithin(text: string, index: number): boolean {
  if (isLowSurrogate(text.charCodeAt(index)) || isWithinWord(text, index)) return true
  return isJoined(text, index - 1) || isJoined(text, index)
}

function isJoined(text: string, index: number): boolean {
  return (
    joiners.test(text.charAt(index)) &&
    wordUnit.test(text.charAt(index - 1)) &&
    isStart(text, index)
  )
}

const isStart = (text: string, index: number) => wordUnit.test(text.charAt(index + 1))
const isLowSurrogate = (code: number) => code >= 0xdc00 && code <= 0xdfff
const joiners = /^[-.'’@]$/
const wordUnit = /[\p{L}\p{N}\p{M}_]/u

function grow(span: Span, before: number, after: number): Span {
  const { from, to, nextFrom, nextTo } = span
  return {
    from: from - before,
    to: to + after,
    nextFrom: nextFrom - before,
    nextTo: nextTo + after,
  }
}

/** Those that meet are one. */
function joined(spans: readonly Span[]): Span[] {
  const found: Span[] = []
  for (const span of spans) {
    const last = found.at(-1)
    if (last && span.from <= last.to)
      found[found.length - 1] = { ...last, to: span.to, nextTo: span.nextTo }
    else found.push(span)
  }
  return found
}

/** A piece is a run of what is no space. */
function growToPieces(texts: Texts, spans: readonly Span[]): Span[] {
  return joined(groupsOf(texts, spans).flatMap((group) => growGroup(texts, group)))
}

/** Changes with nothing but punctuation between them. */
function groupsOf({ base }: Texts, spans: readonly Span[]): Span[][] {
  const groups: Span[][] = []
  for (const span of spans) {
    const last = groups.at(-1)
    const between = last && base.slice(last.at(-1)?.to, span.from)
    if (last && between !== undefined && isPunctuation(between)) last.push(span)
    else groups.push([span])
  }
  return groups
}

function growGroup(texts: Texts, group: readonly Span[]): readonly Span[] {
  const [first, last] = [group[0], group.at(-1)]
  if (!first || !last) return []
  const { base } = texts
  const whole: Span = { ...first, to: last.to, nextTo: last.nextTo }
  const before = isTornBefore(texts, whole) ? pieceBefore(base, whole.from) : ''
  const after = isTornAfter(texts, whole) ? pieceAfter(base, whole.to) : ''
  const [hasLeft, hasRight] = [isPunctuation(before), isPunctuation(after)]
  const isOnePiece = !/\s/.test(base.slice(whole.from, whole.to))
  if (isOnePiece && !(hasLeft && hasRight)) return group
  return [grow(whole, hasLeft ? before.length : 0, hasRight ? after.length : 0)]
}

function isTornBefore({ base, next }: Texts, { from, nextFrom }: Span): boolean {
  return isPiece(base, from - 1) && (isPiece(base, from) || isPiece(next, nextFrom))
}

function isTornAfter({ base, next }: Texts, { to, nextTo }: Span): boolean {
  return isPiece(base, to) && (isPiece(base, to - 1) || isPiece(next, nextTo - 1))
}

function pieceBefore(text: string, offset: number): string {
  return /\S*$/.exec(text.slice(Math.max(0, offset - maxLength - 1), offset))?.[0] ?? ''
}

function pieceAfter(text: string, offset: number): string {
  return /^\S*/.exec(text.slice(offset, offset + maxLength + 1))?.[0] ?? ''
}

function isPunctuation(text: string): boolean {
  return text.length <= maxLength && !/[\s\p{L}\p{N}\p{M}_]/u.test(text)
}

function isPiece(text: string, index: number): boolean {
  return /\S/.test(text.charAt(index))
}
