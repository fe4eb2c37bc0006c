import type { NodeId } from '@cloudsync/protocol'
import { NetworkError } from '../errors.ts'
import { apiRoot, type Api, type CallOptions } from '../http/api.ts'
import { readNothing, type HttpRequest } from '../http/http-client.ts'
import { contentBody, type ContentSource } from '../http/request-body.ts'

const version = { 'tus-resumable': '1.0.0' }
const uploadMediaType = 'application/offset+octet-stream'

export interface UploadProgress {
  /** How many bytes the server has, from the first. */
  readonly offset: number
  /** The file, once all of them are in it. */
  readonly nodeId: NodeId | undefined
}

/** The requests of tus 1.0 (https://tus.io/protocols/resumable-upload), one each; docs/uploads.md. */
export class TusRequests {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** Begins an upload; one whose bytes the caller may read already is over at once. */
  create(
    sizeBytes: number,
    metadata: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<UploadProgress & { readonly url: string }> {
    return this.#send({
      method: 'POST',
      path: `${apiRoot}/uploads`,
      headers: {
        ...version,
        'upload-length': String(sizeBytes),
        'upload-metadata': pack(metadata),
      },
      // The file has an id, or is there already; an upload that nobody goes on with is dropped after a week.
      repetition: 'freely',
      ...options,
      read: async (answer) => {
        await readNothing(answer)
        const url = answer.headers.get('location')
        if (url === null) throw new NetworkError('broken_off', 'The answer names no upload')
        return { ...progressOf(answer), url }
      },
    })
  }

  /** How far it is. A failure has a status and no code: answers to HEAD have no body. 404 and 410: it is gone. */
  find(url: string, options: CallOptions): Promise<UploadProgress> {
    return this.#send({
      method: 'HEAD',
      path: pathOf(url),
      headers: version,
      repetition: 'freely',
      ...options,
      read: readProgress,
    })
  }

  /** Adds bytes, once: after a failure, `find` tells what came of it. */
  add(
    url: string,
    { offset, source, sizeBytes }: { offset: number; source: ContentSource; sizeBytes: number },
    options: CallOptions,
  ): Promise<UploadProgress> {
    return this.#send({
      method: 'PATCH',
      path: pathOf(url),
      headers: { ...version, 'upload-offset': String(offset) },
      body: contentBody(source, uploadMediaType, sizeBytes),
      repetition: 'unless_done',
      ...options,
      read: readProgress,
    })
  }

  /** Drops it; a file that it has become stays. */
  remove(url: string, options: CallOptions): Promise<void> {
    return this.#send({
      method: 'DELETE',
      path: pathOf(url),
      headers: version,
      repetition: 'freely',
      ...options,
      read: readNothing,
    })
  }

  #send<T>(request: HttpRequest<T>): Promise<T> {
    return this.#api.http.send({ ...request, limit: 'transfer' })
  }
}

/** What is stored may come from elsewhere: nothing but an upload of this server is asked for. */
function pathOf(url: string): string {
  const path = /\/api\/v1\/uploads\/[0-9a-f-]{36}$/.exec(url)?.[0]
  if (path === undefined) throw new TypeError(`${JSON.stringify(url)} is no upload`)
  return path
}

async function readProgress(answer: Response): Promise<UploadProgress> {
  await readNothing(answer)
  return progressOf(answer)
}

function progressOf({ headers }: Response): UploadProgress {
  return {
    offset: Number(headers.get('upload-offset') ?? 0),
    nodeId: (headers.get('cloudsync-node-id') ?? undefined) as NodeId | undefined,
  }
}

/** Keys with values in base64 of their UTF-8. */
function pack(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([key, value]) => {
      const bytes = new TextEncoder().encode(value)
      return `${key} ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`
    })
    .join(',')
}
