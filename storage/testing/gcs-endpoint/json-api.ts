import { resource } from './gcs-bucket.ts'
import type { BucketObject, GcsBucket } from './gcs-bucket.ts'
import { failure, json } from './gcs-answer.ts'
import type { GcsAnswer, GcsRequest } from './gcs-answer.ts'
import { continueSession, startSession } from './resumable-uploads.ts'

/** https://cloud.google.com/storage/docs/json_api/v1/objects */
export function answerJsonApi(request: GcsRequest, bucket: GcsBucket): GcsAnswer {
  const [, isUpload, bucketName, rest] =
    /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(request.url.pathname) ?? []
  if (bucketName === undefined) return failure(404, 'notFound')
  if (decodeURIComponent(bucketName) !== bucket.name) return failure(404, 'notFound')
  if (isUpload !== undefined) return upload(request, bucket)
  if (rest === undefined) return list(request, bucket)
  const [name = '', action] = rest.split('/').map(decodeURIComponent)
  if (action === 'compose') return compose(request, bucket, name)
  const object = bucket.find(name)
  if (!object) return failure(404, 'notFound')
  if (request.method === 'DELETE') {
    bucket.delete(name)
    return { status: 204 }
  }
  return request.url.searchParams.get('alt') === 'media'
    ? media(request, object)
    : json(200, resource(object))
}

function upload(request: GcsRequest, bucket: GcsBucket): GcsAnswer {
  const query = request.url.searchParams
  if (query.has('upload_id')) return continueSession(request, bucket)
  const name = query.get('name')
  if (!name || request.method !== 'POST') return failure(400, 'required')
  const ifGenerationMatch = query.get('ifGenerationMatch') ?? undefined
  if (!bucket.matches(name, ifGenerationMatch)) return failure(412, 'conditionNotMet')
  if (query.get('uploadType') === 'resumable')
    return startSession(request, bucket, name, ifGenerationMatch)
  if (query.get('uploadType') !== 'media') return failure(400, 'invalidParameter')
  return json(200, resource(bucket.store(name, request.body)))
}

export function media(
  { headers }: Pick<GcsRequest, 'headers'>,
  { bytes }: BucketObject,
): GcsAnswer {
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '')
  if (!range) return { status: 200, headers: sized(bytes), body: bytes }
  const start = Number(range[1])
  const end = Math.min(Number(range[2]) + 1, bytes.byteLength)
  if (start >= bytes.byteLength) {
    const answer = failure(416, 'requestedRangeNotSatisfiable')
    return { ...answer, headers: { 'content-range': `bytes */${bytes.byteLength}` } }
  }
  const part = bytes.subarray(start, end)
  const contentRange = `bytes ${start}-${end - 1}/${bytes.byteLength}`
  return { status: 206, headers: { ...sized(part), 'content-range': contentRange }, body: part }
}

function sized(bytes: Buffer) {
  return {
    'content-length': String(bytes.byteLength),
    'content-type': 'application/octet-stream',
  }
}

/** The token of a page is opaque: the name that it ended with. */
function list({ url, method }: GcsRequest, bucket: GcsBucket): GcsAnswer {
  if (method !== 'GET') return failure(400, 'invalid')
  const query = url.searchParams
  const maxResults = Math.min(Number(query.get('maxResults') ?? 1_000), 1_000)
  const after = Buffer.from(query.get('pageToken') ?? '', 'base64')
  const rest = bucket
    .list(query.get('prefix') ?? '')
    .filter(({ name }) => Buffer.compare(Buffer.from(name), after) > 0)
  const page = rest.slice(0, maxResults)
  const last = rest.length > page.length ? page.at(-1) : undefined
  const nextPageToken = last && Buffer.from(last.name).toString('base64')
  const items = page.map(resource)
  return json(200, {
    kind: 'storage#objects',
    ...(items.length > 0 && { items }),
    ...(nextPageToken && { nextPageToken }),
  })
}

interface SourceObject {
  readonly name: string
  readonly objectPreconditions?: { readonly ifGenerationMatch?: string }
}

function compose({ body, method }: GcsRequest, bucket: GcsBucket, name: string): GcsAnswer {
  const { sourceObjects } = JSON.parse(body.toString()) as { sourceObjects: SourceObject[] }
  if (method !== 'POST' || sourceObjects.length === 0 || sourceObjects.length > 32)
    return failure(400, 'invalid')
  const parts: Buffer[] = []
  for (const { name: source, objectPreconditions } of sourceObjects) {
    const object = bucket.find(source)
    if (!object) return failure(404, 'notFound')
    if (!bucket.matches(source, objectPreconditions?.ifGenerationMatch))
      return failure(412, 'conditionNotMet')
    parts.push(object.bytes)
  }
  return json(200, resource(bucket.store(name, Buffer.concat(parts))))
}
