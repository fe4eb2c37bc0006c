import type { Gap } from './align-sequences.ts'

/**
 * Whether the units on both sides of `index` may belong to one word or character. Says so of any two
 * beyond ASCII, so it does not tell where words begin, but where one may cut without looking closer.
 */
export function isJoint(text: string, index: number): boolean {
  return (
    index > 0 &&
    index < text.length &&
    isWordUnit(text.charCodeAt(index - 1)) &&
    isWordUnit(text.charCodeAt(index))
  )
}

/** How many units of `text[from, to)` belong to words, with all beyond ASCII. */
export function countWordUnits(text: string, from: number, to: number): number {
  let count = 0
  for (let index = from; index < to; index += 1) if (isWordUnit(text.charCodeAt(index))) count += 1
  return count
}

function isWordUnit(code: number): boolean {
  return (
    code > 0x7f ||
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f
  )
}

/** Without what both sides begin and end with, cut where no word is. */
export function withoutCommonWords(
  base: string,
  next: string,
  { aFrom, aTo, bFrom, bTo }: Gap,
): Gap {
  const most = Math.min(aTo - aFrom, bTo - bFrom)
  let prefix = 0
  while (prefix < most && base.charCodeAt(aFrom + prefix) === next.charCodeAt(bFrom + prefix))
    prefix += 1
  while (prefix > 0 && (isJoint(base, aFrom + prefix) || isJoint(next, bFrom + prefix))) prefix -= 1
  let suffix = 0
  while (suffix < most - prefix && isSameFromEnd(base, aTo, next, bTo, suffix)) suffix += 1
  while (suffix > 0 && (isJoint(base, aTo - suffix) || isJoint(next, bTo - suffix))) suffix -= 1
  return { aFrom: aFrom + prefix, aTo: aTo - suffix, bFrom: bFrom + prefix, bTo: bTo - suffix }
}

/** Whether the unit `suffix` places before the end of either stretch is the same. */
export function isSameFromEnd(
  a: string,
  aTo: number,
  b: string,
  bTo: number,
  suffix: number,
): boolean {
  return a.charCodeAt(aTo - suffix - 1) === b.charCodeAt(bTo - suffix - 1)
}
