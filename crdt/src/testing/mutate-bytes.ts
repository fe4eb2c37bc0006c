import type { Random } from './random.ts'

/** Values that break readers: ends of the VarUint forms, type bytes of `Any`, signs. */
const nasty = [
  0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 31, 32, 63, 64, 68, 116, 117, 118, 125, 127, 128, 132, 196, 255,
]

/** A damaged copy of `bytes`: some flips, cuts, doubled parts, and parts of `other`. Not the same as before. */
export function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let result = bytes
  for (let rounds = 1 + random.below(3); rounds > 0; rounds -= 1)
    result = mutateOnce(random, result, other)
  return result
}

function mutateOnce(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1)
  const to = Math.min(bytes.length, at + random.below(8))
  switch (random.below(8)) {
    case 0:
      return join(bytes.subarray(0, at))
    case 1:
      return join(bytes.subarray(0, at), bytes.subarray(to))
    case 2:
      return join(bytes.subarray(0, to), bytes.subarray(at))
    case 3:
      return join(bytes.subarray(0, at), [random.pick(nasty)], bytes.subarray(at))
    case 4: {
      const from = random.below(other.length)
      return join(
        bytes.subarray(0, at),
        other.subarray(from, from + random.below(16)),
        bytes.subarray(to),
      )
    }
    case 5:
      return join(
        bytes.subarray(0, at),
        [255, 255, 255, 255, random.below(128)],
        bytes.subarray(at + 1),
      )
    default: {
      const copy = join(bytes)
      if (at < copy.length)
        copy[at] = random.chance(0.5)
          ? random.pick(nasty)
          : (copy[at] ?? 0) ^ (1 << random.below(8))
      return copy
    }
  }
}

function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    result.set(part, offset)
    offset += part.length
  }
  return result
}
