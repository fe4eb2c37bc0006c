import { maxNameBytes } from './node-name.ts'
import { unitsWithin, utf8Length } from './utf8-length.ts'

/** An extension longer than any real one belongs to the stem, which may be cut. */
const shortExtension = /(?<=.)\.[^.\s]{1,32}$/su

/** Parts a name before its extension, which is empty or begins with a dot. */
export function splitExtension(name: string): { stem: string; extension: string } {
  // So far behind, it would be no extension anyway; and names of a megabyte cost nothing.
  const from = Math.max(0, name.length - 70)
  const extension = shortExtension.exec(name.slice(from))?.[0] ?? ''
  return { stem: name.slice(0, name.length - extension.length), extension }
}

/** `stem` followed by `suffix`, with the end of the stem cut where both are too long for a name. */
export function joinName(stem: string, suffix: string): string {
  return shorten(stem, maxNameBytes - utf8Length(suffix)) + suffix
}

// The same characters in any language; named so that no machine's own setting plays in.
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Cuts whole characters as people see them, so that no emoji or accent is torn. */
function shorten(stem: string, maxBytes: number): string {
  const units = unitsWithin(stem, maxBytes)
  if (units === stem.length) return stem
  // One more unit than fits tells whether the cut is between two characters.
  const start =
    characters.segment(stem.slice(0, maxNameBytes * 2)).containing(units)?.index ?? units
  return stem.slice(0, start > 0 ? start : units).trimEnd()
}
