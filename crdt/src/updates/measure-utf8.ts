/**
 * Checks that `bytes[from, to)` is UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above
 * U+10FFFF; exactly what a fatal `TextDecoder` takes) and gives the length of the decoded string in
 * UTF-16 units, or −1. Decodes nothing, allocates nothing; the range must lie inside `bytes`.
 */
export function measureUtf8(bytes: Uint8Array, from: number, to: number): number {
  let units = 0
  let position = from
  while (position < to) {
    const lead = bytes[position] ?? 0
    if (lead < 0x80) {
      position += 1
      units += 1
      continue
    }
    const size = sequenceSize(bytes, position, lead, to)
    if (size === 0) return -1
    position += size
    units += size === 4 ? 2 : 1
  }
  return units
}

/** The size of the sequence of several bytes at `position`, or 0 when it is none. */
function sequenceSize(bytes: Uint8Array, position: number, lead: number, to: number): number {
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (size === 0 || position + size > to) return 0
  const second = bytes[position + 1] ?? 0
  if (second < lowestSecond(lead) || second > highestSecond(lead)) return 0
  for (let next = position + 2; next < position + size; next += 1)
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0
  return size
}

function lowestSecond(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
}

function highestSecond(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
}
