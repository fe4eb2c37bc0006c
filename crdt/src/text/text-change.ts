import type * as Y from 'yjs'
import { limitChanges } from './limit-changes.ts'

/** Replaces `[from, to)` of a text by `insert`. Offsets are UTF-16 units and never part a surrogate pair. */
export interface TextChange {
  readonly from: number
  readonly to: number
  readonly insert: string
}

/**
 * Applies changes to a string. They are against `text` as it is, sorted and not overlapping. Throws
 * `RangeError` when they are not.
 */
export function applyToString(text: string, changes: readonly TextChange[]): string {
  expectOrdered(text.length, changes)
  const parts: string[] = []
  let position = 0
  for (const { from, to, insert } of changes) {
    parts.push(text.slice(position, from), insert)
    position = to
  }
  parts.push(text.slice(position))
  return parts.join('')
}

/**
 * Each change costs every reader two structs, and Yjs a time that grows with their number: 45,000 changed
 * words took 17 s. More changes than that are joined, at the cost of cursors between them.
 */
const maxAppliedChanges = 10_000

/**
 * Applies changes to a live text. They are against the text as it is, sorted and not overlapping; throws
 * `RangeError`, before anything is changed, when they are not. Call it inside a transaction, so that
 * others see one edit.
 */
export function applyTextChanges(text: Y.Text, changes: readonly TextChange[]): void {
  expectOrdered(text.length, changes)
  const limited =
    changes.length > maxAppliedChanges
      ? limitChanges(text.toJSON(), changes, maxAppliedChanges)
      : changes
  // From the start: so Yjs cuts its long last struct again and again, and not the first of many.
  let shift = 0
  for (const { from, to, insert } of limited) {
    if (to > from) text.delete(from + shift, to - from)
    if (insert.length > 0) text.insert(from + shift, insert)
    shift += insert.length - (to - from)
  }
}

function expectOrdered(length: number, changes: readonly TextChange[]): void {
  let end = 0
  for (const { from, to } of changes) {
    if (from < end || to < from || to > length)
      throw new RangeError(
        `No change of a text of ${length} units: ${from} to ${to}, behind ${end}`,
      )
    end = to
  }
}

/**
 * The change without what its range and its insertion have in common at either end, or `undefined` when
 * nothing is left: the result is the same, and cursors and edits of others there stay where they are.
 */
export function trimChange(text: string, change: TextChange): TextChange | undefined {
  const { from, to, insert } = change
  const most = Math.min(to - from, insert.length)
  let prefix = 0
  while (prefix < most && text.charCodeAt(from + prefix) === insert.charCodeAt(prefix)) prefix += 1
  if (prefix > 0 && isHighSurrogate(insert, prefix - 1)) prefix -= 1
  let suffix = 0
  while (suffix < most - prefix && sameFromEnd(text, to, insert, suffix)) suffix += 1
  if (suffix > 0 && isLowSurrogate(insert, insert.length - suffix)) suffix -= 1
  const trimmed = {
    from: from + prefix,
    to: to - suffix,
    insert: insert.slice(prefix, insert.length - suffix),
  }
  return trimmed.from === trimmed.to && trimmed.insert === '' ? undefined : trimmed
}

function sameFromEnd(text: string, to: number, insert: string, suffix: number): boolean {
  return text.charCodeAt(to - suffix - 1) === insert.charCodeAt(insert.length - suffix - 1)
}

export function isHighSurrogate(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= 0xd800 && code <= 0xdbff
}

export function isLowSurrogate(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= 0xdc00 && code <= 0xdfff
}

/** Makes one change of changes that touch each other. They are sorted. */
export function joinTouching(changes: readonly TextChange[]): TextChange[] {
  const joined: TextChange[] = []
  for (const change of changes) {
    const last = joined.at(-1)
    if (last?.to === change.from)
      joined[joined.length - 1] = {
        from: last.from,
        to: change.to,
        insert: last.insert + change.insert,
      }
    else joined.push(change)
  }
  return joined
}
