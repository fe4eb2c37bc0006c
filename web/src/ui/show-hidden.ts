import { hiddenCharacters } from '@cloudsync/protocol'

/**
 * A text in which names of files stand, as a screen shows them: with what is hidden in them, so that a name looks like
 * what it is. Their names are kept as they are on somebody's disk, and may hold any of it.
 */
export function showHidden(text: string): string {
  return text.replaceAll(hiddenCharacters, characterCode)
}

/** A character that is not seen, as its number in Unicode. */
export function characterCode(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`
}
