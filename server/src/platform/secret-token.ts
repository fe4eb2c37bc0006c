import { createHash, randomBytes } from 'node:crypto'

/** A token that means nothing by itself: 256 random bits, 43 characters of base64url. */
export function makeSecretToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether a text could be such a token. */
export function isSecretToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}

/** What is stored of a token or a code: with 256 random bits a fast hash without salt will do. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
