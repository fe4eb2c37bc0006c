import { randomUUID } from 'node:crypto'
import { S3BlobStore } from '../src/adapters/s3/s3-blob-store.ts'
import { blobFaultContract } from '../testing/blob-fault-contract.ts'
import { findS3Service } from '../testing/s3-service.ts'

const service = await findS3Service()
if (service)
  blobFaultContract('S3BlobStore', {
    service: new URL(`http://${service.host}:${service.port}`),
    open({ hostname: host, port }, idleTimeoutMs) {
      const folder = randomUUID()
      return new S3BlobStore({ ...service, host, port: Number(port), folder, idleTimeoutMs })
    },
  })
