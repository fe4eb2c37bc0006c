import { Upload, type UploadOptions } from 'tus-js-client'
import type { TestCaller } from './test-caller.ts'

export interface TusUploadOptions extends UploadOptions {
  readonly caller: TestCaller
}

/** An upload by the stock client of tus. */
export interface TusUpload {
  readonly client: Upload
  /** The id of the file, as the last answer has it. Rejects with the client's error. */
  readonly done: Promise<string | undefined>
}

/** Begins to upload, or goes on where `uploadUrl` stands. */
export function startTusUpload(bytes: Buffer, { caller, ...options }: TusUploadOptions): TusUpload {
  const { promise: done, resolve, reject } = Promise.withResolvers<string | undefined>()
  const client = new Upload(bytes, {
    endpoint: `${caller.url}/api/v1/uploads`,
    headers: { authorization: `Bearer ${caller.accessToken}` },
    retryDelays: null,
    ...options,
    onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('cloudsync-node-id')),
    onError: reject,
  })
  client.start()
  return { client, done }
}
