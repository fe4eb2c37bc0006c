import { randomUUID } from 'node:crypto'
import { blobStoreContract } from '../../../testing/blob-store-contract.ts'
import { findS3Service } from '../../../testing/s3-service.ts'
import { S3BlobStore } from './s3-blob-store.ts'

const service = await findS3Service()
if (service)
  blobStoreContract(
    'S3BlobStore',
    async () => new S3BlobStore({ ...service, folder: randomUUID() }),
  )
