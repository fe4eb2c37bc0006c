/** How many bytes `text` has in UTF-8; half a surrogate pair counts as U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) bytes += bytesOf(character)
  return bytes
}

/** How many UTF-16 units of `text` fit into `maxBytes` of UTF-8, without parting a surrogate pair. */
export function unitsWithin(text: string, maxBytes: number): number {
  let bytes = 0
  let units = 0
  for (const character of text) {
    bytes += bytesOf(character)
    if (bytes > maxBytes) return units
    units += character.length
  }
  return units
}

function bytesOf(character: string): number {
  if (character.length === 2) return 4
  const code = character.charCodeAt(0)
  return code < 0x80 ? 1 : code < 0x800 ? 2 : 3
}
