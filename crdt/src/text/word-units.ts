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
