import { createHash } from 'node:crypto'

/** What is stored of a code or a token: with 256 random bits a fast hash without salt will do. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
