import { createHash, sign } from 'node:crypto'
import type { BlobKey } from '../../blob-key.ts'
import type { BlobPresigner } from '../../blob-store.ts'
import type { GcsServiceAccount } from './gcs-credentials.ts'

export interface GcsSigner {
  readonly endpoint: string
  readonly bucket: string
  readonly account: GcsServiceAccount
}

const algorithm = 'GOOG4-RSA-SHA256'

/** Signed URLs, version 4. https://cloud.google.com/storage/docs/access-control/signing-urls-manually */
export function gcsPresigner(signer: GcsSigner, nameOf: (key: BlobKey) => string): BlobPresigner {
  return {
    async presignGet(key, { expiresInSeconds, contentDisposition, contentType }) {
      return signUrl(signer, 'GET', nameOf(key), expiresInSeconds, {
        ...(contentDisposition !== undefined && {
          'response-content-disposition': contentDisposition,
        }),
        ...(contentType !== undefined && { 'response-content-type': contentType }),
      })
    },
    async presignPut(key, { expiresInSeconds }) {
      return { url: signUrl(signer, 'PUT', nameOf(key), expiresInSeconds, {}), headers: {} }
    },
  }
}

function signUrl(
  { endpoint, bucket, account }: GcsSigner,
  method: string,
  name: string,
  expiresInSeconds: number,
  query: Readonly<Record<string, string>>,
): URL {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const credentialScope = `${time.slice(0, 8)}/auto/storage/goog4_request`
  const { host } = new URL(endpoint)
  const path = [bucket, ...name.split('/')].map((segment) => `/${encode(segment)}`).join('')
  const canonicalQuery = canonical({
    ...query,
    'X-Goog-Algorithm': algorithm,
    'X-Goog-Credential': `${account.clientEmail}/${credentialScope}`,
    'X-Goog-Date': time,
    'X-Goog-Expires': String(Math.floor(expiresInSeconds)),
    'X-Goog-SignedHeaders': 'host',
  })
  const request = [method, path, canonicalQuery, `host:${host}\n`, 'host', 'UNSIGNED-PAYLOAD']
  const hash = createHash('sha256').update(request.join('\n')).digest('hex')
  const toSign = [algorithm, time, credentialScope, hash].join('\n')
  const signature = sign('RSA-SHA256', Buffer.from(toSign), account.privateKey).toString('hex')
  return new URL(`${endpoint}${path}?${canonicalQuery}&X-Goog-Signature=${signature}`)
}

function canonical(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&')
}

/** As RFC 3986 has it, of which encodeURIComponent leaves out five. */
function encode(text: string): string {
  const hex = (character: string): string =>
    `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text).replace(/[!'()*]/g, hex)
}
