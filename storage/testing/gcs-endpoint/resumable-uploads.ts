import { resource } from './gcs-bucket.ts'
import type { GcsBucket, UploadSession } from './gcs-bucket.ts'
import { failure, json } from './gcs-answer.ts'
import type { GcsAnswer, GcsRequest } from './gcs-answer.ts'

/** All chunks but the last must be a multiple of it. */
const quantumBytes = 256 * 1024

/** https://cloud.google.com/storage/docs/performing-resumable-uploads */
export function startSession(
  { headers }: GcsRequest,
  bucket: GcsBucket,
  name: string,
  ifGenerationMatch: string | undefined,
): GcsAnswer {
  const announced = headers['x-upload-content-length']
  const totalBytes = typeof announced === 'string' ? Number(announced) : undefined
  const id = bucket.openSession({ name, ifGenerationMatch, totalBytes, received: Buffer.alloc(0) })
  const query = new URLSearchParams({ uploadType: 'resumable', name, upload_id: id }).toString()
  const location = `${bucket.endpoint}/upload/storage/v1/b/${bucket.name}/o?${query}`
  return { status: 200, headers: { location, 'content-length': '0' } }
}

export function continueSession(request: GcsRequest, bucket: GcsBucket): GcsAnswer {
  const id = request.url.searchParams.get('upload_id') ?? ''
  const session = bucket.sessions.get(id)
  if (!session) return failure(410, 'gone')
  if (request.method === 'DELETE') {
    bucket.sessions.delete(id)
    return { status: 499 }
  }
  const [, from, to, total] =
    /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(request.headers['content-range'] ?? '') ?? []
  if (total === undefined || !fits(session, Number(total))) return failure(400, 'invalid')
  if (from !== undefined && to !== undefined) {
    const refusal = receive(session, request.body, Number(from), Number(to), Number(total))
    if (refusal) return refusal
  }
  if (session.received.byteLength < Number(total)) return incomplete(session)
  return finish(bucket, session)
}

function fits(session: UploadSession, total: number): boolean {
  return session.totalBytes === undefined || session.totalBytes === total
}

function receive(
  session: UploadSession,
  body: Buffer,
  from: number,
  to: number,
  total: number,
): GcsAnswer | undefined {
  if (body.byteLength !== to - from + 1 || to >= total) return failure(400, 'invalid')
  if (from > session.received.byteLength) return failure(503, 'backendError')
  const isLast = to + 1 === total
  // What is no whole number of quanta is kept up to the last of them.
  const kept = isLast ? body.byteLength : body.byteLength - ((to + 1) % quantumBytes)
  session.received = Buffer.concat([session.received.subarray(0, from), body.subarray(0, kept)])
  return undefined
}

function incomplete({ received }: UploadSession): GcsAnswer {
  const range = received.byteLength > 0 && { range: `bytes=0-${received.byteLength - 1}` }
  return { status: 308, headers: { 'content-length': '0', ...range } }
}

function finish(bucket: GcsBucket, session: UploadSession): GcsAnswer {
  if (!bucket.matches(session.name, session.ifGenerationMatch))
    return failure(412, 'conditionNotMet')
  return json(200, resource(bucket.store(session.name, session.received)))
}
