import {
  announcedContentSchema,
  newFileMetadataSchema,
  replacedFileMetadataSchema,
} from '@cloudsync/protocol'
import { sha256FromHex, type Sha256 } from '@cloudsync/storage'
import type { z } from 'zod'
import type { UploadTarget } from '#features/files/index.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { malformed } from './tus-headers.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * The pairs of an `Upload-Metadata` header: `key base64(value)`, parted by commas; a value may be left out.
 * Throws `bad_request` when it is malformed.
 */
export function parseMetadata(header: string): Readonly<Record<string, string>> {
  const pairs = new Map<string, string>()
  for (const pair of header === '' ? [] : header.split(',')) {
    const [key = '', value = '', ...more] = pair.trim().split(' ')
    if (!/^[\x21-\x7e]+$/.test(key) || more.length > 0 || pairs.has(key))
      throw malformed('Upload-Metadata is malformed')
    pairs.set(key, decode(value))
  }
  return Object.fromEntries(pairs)
}

/** The file that the metadata of an upload name. Throws `bad_request`. */
export function parseTarget(header: string): UploadTarget {
  const metadata = parseMetadata(header)
  if ('nodeId' in metadata) {
    const { nodeId, ifMatch } = parsed(replacedFileMetadataSchema, metadata)
    return { kind: 'replaced', nodeId, ifMatch }
  }
  const { parentId, filename, id, ifTaken, mode } = parsed(newFileMetadataSchema, metadata)
  return { kind: 'new', parentId, name: filename, id, ifTaken, mode }
}

/** The hash of the whole, if the metadata of an upload tell it. Throws `bad_request`. */
export function parseAnnounced(header: string): Sha256 | undefined {
  const { sha256 } = parsed(announcedContentSchema, parseMetadata(header))
  return sha256 === undefined ? undefined : sha256FromHex(sha256)
}

function parsed<S extends z.ZodType>(schema: S, metadata: unknown): z.output<S> {
  const result = schema.safeParse(metadata)
  if (result.success) return result.data
  const errors = result.error.issues.map(({ path, message }) => ({
    path: ['Upload-Metadata', ...path.map(String)].join('.'),
    message,
  }))
  throw new ProblemError('bad_request', { extensions: { errors } })
}

function decode(value: string): string {
  if (!base64.test(value)) throw malformed('A value of Upload-Metadata is no base64')
  try {
    return utf8.decode(Buffer.from(value, 'base64'))
  } catch {
    throw malformed('A value of Upload-Metadata is no UTF-8')
  }
}
