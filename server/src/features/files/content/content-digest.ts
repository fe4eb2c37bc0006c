import type { IncomingMessage } from 'node:http'
import { sha256FromBytes, type Sha256 } from '@cloudsync/storage'
import { ProblemError } from '#platform/problem-error.ts'

/** Both say the same of a whole body that is not encoded, which alone we take (RFC 9530 §2, §3). */
const headers = ['content-digest', 'repr-digest'] as const

/**
 * The SHA-256 that a client announces of what it sends; `undefined` when it announces none, or another
 * algorithm. Throws `bad_request` when it is malformed, or the two headers differ.
 */
export function parseContentDigest(request: IncomingMessage): Sha256 | undefined {
  const announced = headers
    .map((name) => request.headers[name])
    .filter((value) => typeof value === 'string')
    .map(parseDigest)
    .filter((sha256) => sha256 !== undefined)
  const [first, second = first] = announced
  if (first !== second) throw new ProblemError('bad_request', { detail: 'The two digests differ' })
  return first
}

/** A dictionary of byte sequences (RFC 8941 §3.2, §3.3.5). */
function parseDigest(header: string): Sha256 | undefined {
  const member = /(?:^|,)[ \t]*sha-256[ \t]*(?:=([^,]*))?(?=,|$)/.exec(header)
  if (!member) return undefined
  const base64 = /^:([A-Za-z0-9+/]*={0,2}):[ \t]*(?:;.*)?$/.exec(member[1] ?? '')?.[1]
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64')
  if (bytes?.length !== 32)
    throw new ProblemError('bad_request', { detail: 'The sha-256 digest is malformed' })
  return sha256FromBytes(bytes)
}

/** Throws `hash_mismatch` unless the bytes are those that were announced. */
export function requireDigest(announced: Sha256 | undefined, arrived: Sha256): void {
  if (announced !== undefined && announced !== arrived)
    throw new ProblemError('hash_mismatch', { extensions: { sha256: arrived } })
}
