import { randomUUID } from 'node:crypto'
import type { BlobBody, BlobUpload, CallOptions } from '../../blob-store.ts'
import { BlobUploadPartError } from '../../blob-store-errors.ts'
import type { ObjectNames } from '../remote/object-names.ts'
import type { RemoteCalls } from '../remote/remote-calls.ts'
import type { StagedObjects, StagedPart } from '../remote/staged-multipart.ts'
import type { GcsConnection } from './gcs-connection.ts'
import { hasStatus } from './gcs-errors.ts'
import { parseObject, parseObjectPage } from './gcs-object.ts'
import { uploadObject } from './gcs-upload.ts'

/** What one request can join. https://cloud.google.com/storage/docs/composite-objects */
const maxSources = 32

interface Source {
  readonly name: string
  readonly generation: string
}

/** Parts as objects that the service joins by itself; a resumable upload takes them in order only. */
export class GcsStagedObjects implements StagedObjects {
  readonly #connection: GcsConnection
  readonly #names: ObjectNames
  readonly #calls: RemoteCalls

  constructor(connection: GcsConnection, names: ObjectNames, calls: RemoteCalls) {
    this.#connection = connection
    this.#names = names
    this.#calls = calls
  }

  async put(name: string, body: BlobBody, options: CallOptions): Promise<string> {
    const upload = { name, body, ifAbsent: false, signal: options.signal }
    const stored = await this.#calls.run('put a part', options, (call) =>
      uploadObject(this.#connection, upload, call),
    )
    return stored.generation
  }

  async exists(name: string, options: CallOptions): Promise<boolean> {
    const url = this.#connection.objectUrl(name)
    return this.#calls.run('find an upload', options, async (call) => {
      const request = { method: 'GET', url, expect: [200, 404] } as const
      return (await this.#connection.ask(request, call)).answer.status === 200
    })
  }

  async join(
    upload: BlobUpload,
    folder: string,
    parts: readonly StagedPart[],
    options: CallOptions,
  ): Promise<void> {
    let sources: Source[] = parts.map(({ name, tag }) => ({ name, generation: tag }))
    while (sources.length > maxSources) {
      const joined: Source[] = []
      for (let start = 0; start < sources.length; start += maxSources) {
        const group = sources.slice(start, start + maxSources)
        joined.push(await this.#compose(upload, `${folder}${randomUUID()}`, group, options))
      }
      sources = joined
    }
    await this.#compose(upload, this.#names.nameOf(upload.key), sources, options)
  }

  async deleteFolder(folder: string, options: CallOptions): Promise<void> {
    for (;;) {
      const url = this.#connection.objectsUrl({ prefix: folder })
      const { items } = await this.#calls.run('abort an upload', options, async (call) =>
        parseObjectPage((await this.#connection.ask(listing(url), call)).text),
      )
      if (items.length === 0) return
      for (const { name } of items) await this.#delete(name, options)
    }
  }

  async #delete(name: string, options: CallOptions): Promise<void> {
    const url = this.#connection.objectUrl(name)
    const request = { method: 'DELETE', url, expect: [200, 204, 404] } as const
    await this.#calls.run('abort an upload', options, (call) => this.#connection.ask(request, call))
  }

  async #compose(
    upload: BlobUpload,
    name: string,
    sources: readonly Source[],
    options: CallOptions,
  ): Promise<Source> {
    const sourceObjects = sources.map(({ name: source, generation }) => ({
      name: source,
      objectPreconditions: { ifGenerationMatch: generation },
    }))
    const bytes = Buffer.from(JSON.stringify({ sourceObjects }))
    return this.#calls.run('complete an upload', options, async (call) => {
      const request = {
        method: 'POST',
        url: this.#connection.objectUrl(name, {}, '/compose'),
        headers: { 'content-type': 'application/json' },
        body: { sizeBytes: bytes.byteLength, chunks: call.body(name, bytes) },
        expect: [200],
      } as const
      try {
        return parseObject((await this.#connection.ask(request, call)).text)
      } catch (error) {
        if (!hasStatus(error, 400, 404, 412)) throw error
        throw new BlobUploadPartError(upload.uploadId, undefined, 'a part is not that of its tag')
      }
    })
  }
}

function listing(url: URL) {
  return { method: 'GET', url, expect: [200] } as const
}
