import { createCipheriv, hash } from 'node:crypto'

/**
 * Bytes without any order, the same for the same seed, that a stranger can repeat: zeros encrypted by
 * AES-256-CTR under the key SHA-256(seed as UTF-8), from a counter block of zeros.
 */
export function seededBytes(seed: string, sizeBytes: number): Uint8Array {
  const key = hash('sha256', seed, 'buffer')
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes))
}
