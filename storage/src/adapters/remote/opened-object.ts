import type { Readable } from 'node:stream'
import type { ByteRange } from '../../blob-store.ts'
import type { HttpAnswer } from './http-client.ts'

/** What a service answers to who wants an object's bytes. */
export interface OpenedObject {
  readonly body: Readable
  /** NaN when it was not announced. */
  readonly sizeBytes: number
  /** As HTTP has it: `bytes 0-99/1000`. https://www.rfc-editor.org/rfc/rfc9110#section-14.4 */
  readonly contentRange: string | undefined
}

export function openedObject({ body, headers }: HttpAnswer): OpenedObject {
  const sizeBytes = Number(headers['content-length'])
  return { body, sizeBytes, contentRange: headers['content-range'] }
}

/** What to ask for by HTTP, and with which status: 416 for what leaves the object. */
export function rangeRequest({ start, end }: ByteRange) {
  return { headers: { range: `bytes=${start}-${end - 1}` }, expect: [206, 416] } as const
}

/** Whether an answer holds exactly what was asked for. */
export function isOfRange({ contentRange }: OpenedObject, { start, end }: ByteRange): boolean {
  return contentRange?.startsWith(`bytes ${start}-${end - 1}/`) === true
}
