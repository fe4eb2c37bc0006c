import { createHash, randomBytes } from 'node:crypto'

/** A token that means nothing by itself: 256 random bits, 43 characters of base64url. */
export function makeSecretToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored of a secret token. The token has full entropy, so that a fast hash without salt will do. */
export function hashSecretToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
