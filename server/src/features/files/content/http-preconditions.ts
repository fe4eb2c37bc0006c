import { ProblemError } from '#platform/problem-error.ts'

/** The value of an `If-Match` or `If-None-Match` header (RFC 9110 §13.1.1, §13.1.2). */
export type EntityTags =
  | { readonly kind: 'any' }
  | { readonly kind: 'list'; readonly tags: readonly EntityTag[] }

export interface EntityTag {
  /** Without quotes. */
  readonly value: string
  readonly isWeak: boolean
}

const entityTag = /(?:^|,)[ \t]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/gy

/** Parses the header; `undefined` when there is none. Throws `bad_request` when it is malformed. */
export function parseEntityTags(header: string | undefined): EntityTags | undefined {
  if (header === undefined) return undefined
  const value = header.trim()
  if (value === '*') return { kind: 'any' }
  const matches = [...value.matchAll(entityTag)]
  const length = matches.reduce((total, [text]) => total + text.length, 0)
  if (matches.length === 0 || length !== value.length)
    throw new ProblemError('bad_request', { detail: 'The entity tags in the header are malformed' })
  const tags = matches.map(([, weak, tag]) => ({ value: tag ?? '', isWeak: weak !== undefined }))
  return { kind: 'list', tags }
}

/** Whether `etag` is among the tags by the weak comparison, as `If-None-Match` asks. */
export function matchesWeakly(tags: EntityTags, etag: string): boolean {
  return tags.kind === 'any' || tags.tags.some((tag) => tag.value === etag)
}
