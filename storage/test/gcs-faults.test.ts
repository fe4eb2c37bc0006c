import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import { GcsBlobStore } from '../src/adapters/gcs/gcs-blob-store.ts'
import { blobFaultContract } from '../testing/blob-fault-contract.ts'
import { GcsEndpoint } from '../testing/gcs-endpoint/gcs-endpoint.ts'

const endpoint = await GcsEndpoint.open()
after(() => endpoint[Symbol.asyncDispose]())
const { service } = endpoint

blobFaultContract('GcsBlobStore', {
  service: new URL(service.endpoint ?? ''),
  open({ origin }, idleTimeoutMs) {
    return new GcsBlobStore({ ...service, endpoint: origin, folder: randomUUID(), idleTimeoutMs })
  },
})
