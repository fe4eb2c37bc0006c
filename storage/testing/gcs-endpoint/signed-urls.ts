import { createHash, verify } from 'node:crypto'
import type { GcsBucket } from './gcs-bucket.ts'
import type { GcsAnswer, GcsRequest } from './gcs-answer.ts'
import { media } from './json-api.ts'
import type { GcsTokens } from './gcs-tokens.ts'

/** The XML API, which signed URLs are for. https://cloud.google.com/storage/docs/authentication/signatures */
export function answerSignedUrl(
  request: GcsRequest,
  bucket: GcsBucket,
  tokens: GcsTokens,
): GcsAnswer {
  if (!isSigned(request, tokens)) return { status: 403, body: denied }
  const [, bucketName, ...segments] = request.url.pathname.split('/').map(decodeURIComponent)
  const name = segments.join('/')
  if (bucketName !== bucket.name) return { status: 404 }
  if (request.method === 'PUT') {
    bucket.store(name, request.body)
    return { status: 200 }
  }
  const object = bucket.find(name)
  if (!object) return { status: 404 }
  const answer = media(request, object)
  return { ...answer, headers: { ...answer.headers, ...overrides(request) } }
}

const denied = "<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code></Error>"

function overrides({ url }: GcsRequest): Record<string, string> {
  const asked = ['content-type', 'content-disposition'].flatMap((header) => {
    const value = url.searchParams.get(`response-${header}`)
    return value === null ? [] : [[header, value] as const]
  })
  return Object.fromEntries(asked)
}

function isSigned({ method, url, headers }: GcsRequest, tokens: GcsTokens): boolean {
  const query = url.searchParams
  const time = query.get('X-Goog-Date') ?? ''
  const [account, ...scope] = (query.get('X-Goog-Credential') ?? '').split('/')
  const signed = (query.get('X-Goog-SignedHeaders') ?? '').split(';')
  const complete =
    query.get('X-Goog-Algorithm') === 'GOOG4-RSA-SHA256' &&
    account === tokens.account.clientEmail &&
    scope.join('/') === `${time.slice(0, 8)}/auto/storage/goog4_request` &&
    signed.includes('host')
  if (!complete || !isCurrent(time, Number(query.get('X-Goog-Expires')))) return false
  const canonicalQuery = url.search
    .slice(1)
    .split('&')
    .filter((pair) => !pair.startsWith('X-Goog-Signature='))
    .toSorted()
    .join('&')
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('')
  const canonical = [method, url.pathname, canonicalQuery, lines, signed.join(';')]
  const hash = createHash('sha256')
    .update([...canonical, 'UNSIGNED-PAYLOAD'].join('\n'))
    .digest('hex')
  const text = ['GOOG4-RSA-SHA256', time, scope.join('/'), hash].join('\n')
  const signature = Buffer.from(query.get('X-Goog-Signature') ?? '', 'hex')
  return verify('RSA-SHA256', Buffer.from(text), tokens.publicKey, signature)
}

function isCurrent(time: string, expiresInSeconds: number): boolean {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time)?.slice(1).map(Number)
  if (!parts || !(expiresInSeconds >= 1 && expiresInSeconds <= 604_800)) return false
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
  const ageMs = Date.now() - Date.UTC(year, month - 1, day, hour, minute, second)
  return ageMs > -60_000 && ageMs < expiresInSeconds * 1000
}
