import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import { blobStoreContract } from '../../../testing/blob-store-contract.ts'
import { GcsEndpoint } from '../../../testing/gcs-endpoint/gcs-endpoint.ts'
import { GcsBlobStore } from './gcs-blob-store.ts'

const endpoint = await GcsEndpoint.open()
after(() => endpoint[Symbol.asyncDispose]())

blobStoreContract(
  'GcsBlobStore',
  async () => new GcsBlobStore({ ...endpoint.service, folder: randomUUID() }),
)
