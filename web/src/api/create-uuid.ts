/**
 * A UUIDv7 (RFC 9562 §5.7): 48 bits of time, then random. `crypto.randomUUID` exists in secure
 * contexts only, this also on plain http.
 */
export function createUuid(now: number, random: Uint8Array = randomBytes()): string {
  const bytes = Uint8Array.from(random)
  for (let index = 0; index < 6; index++)
    bytes[index] = Math.floor(now / 2 ** (40 - 8 * index)) % 256
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(16))
}
