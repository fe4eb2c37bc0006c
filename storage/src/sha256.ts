import { hash, webcrypto } from 'node:crypto'

declare const brand: unique symbol

/** The name of a content: its SHA-256 in lower-case hex, 64 characters. */
export type Sha256 = string & { readonly [brand]: 'Sha256' }

const pattern = /^[0-9a-f]{64}$/

/** Checks a hash that comes as hex. Throws a `TypeError` when it is none: hashes are parsed at the edge. */
export function sha256FromHex(text: string): Sha256 {
  const sha256 = findSha256(text)
  if (!sha256) throw new TypeError('Not a SHA-256 in lower-case hex')
  return sha256
}

/** `text` as a hash, or `undefined` when it is none. */
export function findSha256(text: string): Sha256 | undefined {
  return pattern.test(text) ? (text as Sha256) : undefined
}

/** A hash as a database keeps it: 32 bytes. Throws a `TypeError` for another length. */
export function sha256FromBytes(bytes: Uint8Array): Sha256 {
  return sha256FromHex(Buffer.from(bytes).toString('hex'))
}

export function sha256ToBytes(sha256: Sha256): Uint8Array {
  return Buffer.from(sha256, 'hex')
}

/** Above this the thread pool's detour (0.2 ms) costs less than holding up the event loop would. */
const offLoopBytes = 512 * 1024

export async function sha256Of(bytes: Uint8Array): Promise<Sha256> {
  if (bytes.byteLength < offLoopBytes) return hash('sha256', bytes, 'hex') as Sha256
  return sha256FromBytes(new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes)))
}
