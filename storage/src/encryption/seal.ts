import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomFillSync,
  type KeyObject,
} from 'node:crypto'
import { releaseBytes } from '../release-bytes.ts'

/**
 * 32 bytes of AES-256. As a `KeyObject` (`createSecretKey`) where it seals often: Node makes one of bytes
 * each time, which takes 15 µs, three times as long as it takes to seal a keystroke.
 */
export type SealKey = Uint8Array | KeyObject

export const sealKeyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** What a sealed form is longer than its plain bytes: nonce in front, tag behind. */
export const sealOverheadBytes = nonceBytes + tagBytes

/** Sealed bytes were changed, or sealed under another key or in another context. */
export class SealBrokenError extends Error {
  override readonly name = 'SealBrokenError'

  constructor(options?: ErrorOptions) {
    super('The sealed bytes are damaged, or their key or context is another', options)
  }
}

/**
 * A key of its own for each thing that is sealed often (HKDF with SHA-256, RFC 5869): random nonces of
 * 96 bits stand for 2^32 messages under one key (NIST SP 800-38D, 8.3), and a busy log writes more.
 * `purpose` names the thing, for all time.
 */
export function deriveSealKey(key: SealKey, purpose: string): Uint8Array {
  return key instanceof Uint8Array
    ? new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), purpose, sealKeyBytes))
    : expand(extract(key), purpose)
}

/** The first half of HKDF, which is the same for all purposes of a key, with no salt (RFC 5869, 2.2). */
function extract(key: KeyObject): KeyObject {
  const known = extracted.get(key)
  if (known) return known
  const fresh = createSecretKey(
    createHmac('sha256', new Uint8Array(sealKeyBytes)).update(key.export()).digest(),
  )
  extracted.set(key, fresh)
  return fresh
}

const extracted = new WeakMap<KeyObject, KeyObject>()

/** The second half, of which one block is enough (RFC 5869, 2.3): a third of the time of both. */
function expand(extractedKey: KeyObject, purpose: string): Uint8Array {
  return new Uint8Array(
    createHmac('sha256', extractedKey).update(purpose).update(firstBlock).digest(),
  )
}

const firstBlock = Uint8Array.of(1)

/**
 * AES-256-GCM (NIST SP 800-38D): nonce (12 bytes, random), ciphertext, tag (16 bytes). The context is
 * not part of the form, and must be the same when it is opened.
 */
export function seal(key: SealKey, plain: Uint8Array, context: Uint8Array): Uint8Array {
  const sealed = Buffer.allocUnsafe(plain.byteLength + sealOverheadBytes)
  sealInto(sealed, key, plain, context)
  return sealed
}

/** As `seal`, into room for exactly that. */
export function sealInto(
  sealed: Uint8Array,
  key: SealKey,
  plain: Uint8Array,
  context: Uint8Array,
): void {
  const nonce = sealed.subarray(0, nonceBytes)
  nonce.set(takeNonce())
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context)
  const ciphertext = cipher.update(plain)
  sealed.set(ciphertext, nonceBytes)
  releaseBytes(ciphertext)
  cipher.final()
  sealed.set(cipher.getAuthTag(), nonceBytes + plain.byteLength)
}

/** Random bytes are asked for by the page: asking takes 8 µs, whether for twelve or for a thousand. */
const nonces = new Uint8Array(nonceBytes * 256)
let nextNonce = nonces.length

function takeNonce(): Uint8Array {
  if (nextNonce === nonces.length) {
    randomFillSync(nonces)
    nextNonce = 0
  }
  return nonces.subarray(nextNonce, (nextNonce += nonceBytes))
}

/** The plain bytes of what `seal` made. Throws `SealBrokenError`. */
export function unseal(key: SealKey, sealed: Uint8Array, context: Uint8Array): Uint8Array {
  if (sealed.byteLength < sealOverheadBytes) throw new SealBrokenError()
  const end = sealed.byteLength - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(context).setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(nonceBytes, end))
  try {
    decipher.final()
  } catch (cause) {
    throw new SealBrokenError({ cause })
  }
  return plain
}
