import type { IncomingMessage } from 'node:http'
import type { HeaderMap } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'

/**
 * The headers of tus 1.0.0, the protocol for resumable uploads (https://tus.io/protocols/resumable-upload):
 *
 *     POST  /uploads       Upload-Length, Upload-Metadata     → 201, Location
 *     HEAD  /uploads/{id}                                     → 200, Upload-Offset
 *     PATCH /uploads/{id}  Upload-Offset, and bytes           → 204, Upload-Offset
 */
const version = '1.0.0'

const extensions = [
  'creation',
  'creation-defer-length',
  'creation-with-upload',
  'checksum',
  'concatenation',
  'expiration',
  'termination',
]

const checksumAlgorithms = ['sha1', 'sha256'] as const
type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]

/** Of the file that an upload has become. */
export const nodeIdHeader = 'cloudsync-node-id'

/** "MUST be included in every request and response except for OPTIONS requests." */
export const tusHeaders: HeaderMap = { 'tus-resumable': version }

/** There is no `Tus-Max-Size`: uploads have no fixed maximum. */
export const capabilityHeaders: HeaderMap = {
  ...tusHeaders,
  'tus-version': version,
  'tus-extension': extensions.join(','),
  'tus-checksum-algorithm': checksumAlgorithms.join(','),
}

export const uploadMediaType = 'application/offset+octet-stream'

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly digest: Buffer
}

export type Concat =
  | { readonly kind: 'whole' }
  | { readonly kind: 'partial' }
  | {
      readonly kind: 'final'
      readonly partIds: readonly string[]
      /** The header as it came. */
      readonly concat: string
    }

/** Throws `unsupported_version`, before anything else is done. */
export function requireVersion({ headers }: IncomingMessage): void {
  if (headers['tus-resumable'] === version) return
  throw new ProblemError('unsupported_version', {
    detail: `Send Tus-Resumable: ${version}`,
    headers: { 'tus-version': version },
  })
}

/** The type of a body, if there is one. Throws `unsupported_media_type` for any but that of tus. */
export function requireUploadType({ headers }: IncomingMessage): void {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== uploadMediaType)
    throw new ProblemError('unsupported_media_type', { detail: `Send ${uploadMediaType}` })
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

export function parseOffset(request: IncomingMessage): number {
  const offset = parseCount(request, 'upload-offset')
  if (offset === undefined) throw malformed('Upload-Offset is missing')
  return offset
}

/** `undefined`: not told. */
export function parseLength(request: IncomingMessage): number | undefined {
  return parseCount(request, 'upload-length')
}

/** Of a new upload; `undefined` when it says that it will tell it later. */
export function parseNewLength(request: IncomingMessage): number | undefined {
  const length = parseLength(request)
  const deferred = single(request, 'upload-defer-length')
  if (deferred !== undefined && deferred !== '1') throw malformed('Upload-Defer-Length is not 1')
  if ((length === undefined) === (deferred === undefined))
    throw malformed('Send either Upload-Length or Upload-Defer-Length')
  return length
}

const partUrl = /^\S*\/uploads\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

export function parseConcat(header: string | undefined): Concat {
  if (header === undefined) return { kind: 'whole' }
  if (header === 'partial') return { kind: 'partial' }
  if (!header.startsWith('final;')) throw malformed('Upload-Concat is malformed')
  const urls = header.slice('final;'.length).trim().split(/ +/)
  const partIds = urls.map((url) => {
    const id = partUrl.exec(url)?.[1]
    if (id === undefined) throw malformed('Upload-Concat names what is no upload')
    return id.toLowerCase()
  })
  // A part that counts often would make much of little.
  if (new Set(partIds).size < partIds.length) throw malformed('Upload-Concat names a part twice')
  return { kind: 'final', partIds, concat: header }
}

/** `undefined` when there is none. */
export function parseChecksum(request: IncomingMessage): Checksum | undefined {
  const header = single(request, 'upload-checksum')
  if (header === undefined) return undefined
  const [name = '', base64 = ''] = header.split(' ')
  const algorithm = checksumAlgorithms.find((known) => known === name)
  if (!algorithm) throw malformed('The algorithm of Upload-Checksum is not supported')
  const digest = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined
  if (digest?.length !== digestBytes[algorithm]) throw malformed('Upload-Checksum is malformed')
  return { algorithm, digest }
}

const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = { sha1: 20, sha256: 32 }

/** The header, which must not come twice. */
export function single({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** A number of bytes, exactly as it is written. */
function parseCount(request: IncomingMessage, name: string): number | undefined {
  const header = single(request, name)
  if (header === undefined) return undefined
  const count = /^\d{1,16}$/.test(header) ? Number(header) : Number.NaN
  if (!Number.isSafeInteger(count)) throw malformed(`${name} is no number of bytes`)
  return count
}

export function malformed(detail: string): ProblemError {
  return new ProblemError('bad_request', { detail })
}
