import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob'
import { bodySizeBytes } from '../../blob-body.ts'
import type { BlobBody, BlobUpload, CallOptions } from '../../blob-store.ts'
import { BlobUploadPartError } from '../../blob-store-errors.ts'
import type { ObjectNames } from '../remote/object-names.ts'
import type { RemoteCall } from '../remote/remote-call.ts'
import type { RemoteCalls } from '../remote/remote-calls.ts'
import type { StagedObjects, StagedPart } from '../remote/staged-multipart.ts'
import { contentMd5, readable, requestBody } from './azure-bodies.ts'
import { hasStatus } from './azure-errors.ts'

/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
export const maxBlockBytes = 4_000 * 2 ** 20

/**
 * Parts as blobs of their own, because the uncommitted blocks of a blob vanish when another upload
 * to it is committed. They are joined as blocks, and pass through us once more for it: Azure can
 * fetch them by itself only from a signed URL, which its emulator cannot.
 */
export class AzureStagedObjects implements StagedObjects {
  readonly #container: ContainerClient
  readonly #names: ObjectNames
  readonly #calls: RemoteCalls

  constructor(container: ContainerClient, names: ObjectNames, calls: RemoteCalls) {
    this.#container = container
    this.#names = names
    this.#calls = calls
  }

  async put(name: string, body: BlobBody, options: CallOptions): Promise<string> {
    return this.#calls.run('put a part', options, async (call) => {
      const sent = requestBody(call, name, body, options.signal)
      const headers = { abortSignal: call.signal, blobHTTPHeaders: contentMd5(body) }
      const answer = await this.#blob(name).upload(sent, bodySizeBytes(body), headers)
      return answer.etag ?? ''
    })
  }

  async exists(name: string, options: CallOptions): Promise<boolean> {
    return this.#calls.run('find an upload', options, (call) =>
      this.#blob(name).exists({ abortSignal: call.signal }),
    )
  }

  async join(
    upload: BlobUpload,
    _folder: string,
    parts: readonly StagedPart[],
    options: CallOptions,
  ): Promise<void> {
    const target = this.#blob(this.#names.nameOf(upload.key))
    const blocks: string[] = []
    for (const part of parts) {
      const block = blockId(upload, part)
      await this.#stage(target, block, upload, part, options)
      blocks.push(block)
    }
    await this.#calls.run('complete an upload', options, (call) =>
      target.commitBlockList(blocks, { abortSignal: call.signal }),
    )
  }

  async deleteFolder(folder: string, options: CallOptions): Promise<void> {
    await this.#calls.run('abort an upload', options, async (call) => {
      const listed = { prefix: folder, abortSignal: call.signal }
      for await (const { name } of this.#container.listBlobsFlat(listed)) {
        await this.#blob(name).deleteIfExists({ abortSignal: call.signal })
        call.touch()
      }
    })
  }

  async #stage(
    target: BlockBlobClient,
    block: string,
    upload: BlobUpload,
    part: StagedPart,
    options: CallOptions,
  ): Promise<void> {
    await this.#calls.run('complete an upload', options, async (call) => {
      const source = await this.#openPart(upload, part, call)
      const body = { sizeBytes: part.sizeBytes, repeatable: false, open: () => source }
      const sent = requestBody(call, upload.key, body, options.signal)
      await target.stageBlock(block, sent, part.sizeBytes, { abortSignal: call.signal })
    })
  }

  async #openPart(upload: BlobUpload, part: StagedPart, call: RemoteCall) {
    try {
      const conditions = { ifMatch: part.tag }
      const options = { abortSignal: call.signal, maxRetryRequests: 0, conditions }
      return readable(await this.#blob(part.name).download(0, undefined, options))
    } catch (error) {
      if (!hasStatus(error, 404, 412)) throw error
      throw new BlobUploadPartError(upload.uploadId, part.partNumber, 'not the one that is stored')
    }
  }

  #blob(name: string): BlockBlobClient {
    return this.#container.getBlockBlobClient(name)
  }
}

/** All of a blob must be of one length. */
function blockId({ uploadId }: BlobUpload, { partNumber }: StagedPart): string {
  return Buffer.from(`${uploadId}.${String(partNumber).padStart(5, '0')}`).toString('base64')
}
