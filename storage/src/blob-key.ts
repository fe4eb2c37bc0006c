import { InvalidBlobKeyError } from './blob-store-errors.ts'

declare const brand: unique symbol

/** The name of an object in a store. Made by `blobKey`. */
export type BlobKey = string & { readonly [brand]: 'BlobKey' }

/**
 * The alphabet that every file system and every object store holds without escaping or folding:
 * lower case only, because some file systems take `A` and `a` for one name.
 */
const segment = '[a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?'
const keyPattern = new RegExp(`^${segment}(?:/${segment})*$`)
const prefixPattern = new RegExp(`^(?:${segment}/)*(?:[a-z0-9][a-z0-9.-]{0,199})?$`)

export const maxBlobKeyLength = 512

/**
 * Checks a key: 1 to 512 characters, segments of `a-z 0-9 . -` with a letter or digit at both ends
 * and at most 200 characters, joined by `/`. Throws `InvalidBlobKeyError`. Adapters call it again on
 * what they are given, because a cast can get past the type.
 */
export function blobKey(text: string): BlobKey {
  if (text.length > maxBlobKeyLength || !keyPattern.test(text)) throw new InvalidBlobKeyError(text)
  return text as BlobKey
}

export function isBlobKey(text: string): text is BlobKey {
  return text.length <= maxBlobKeyLength && keyPattern.test(text)
}

/** Checks what `list` is asked for: the beginning of some key, or ''. Throws `InvalidBlobKeyError`. */
export function blobKeyPrefix(text: string): string {
  if (text.length > maxBlobKeyLength || !prefixPattern.test(text))
    throw new InvalidBlobKeyError(text)
  return text
}
