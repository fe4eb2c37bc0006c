import { randomUUID } from 'node:crypto'
import { findAzureService } from '../../../testing/azure-service.ts'
import { blobStoreContract } from '../../../testing/blob-store-contract.ts'
import { AzureBlobStore } from './azure-blob-store.ts'

const service = await findAzureService()
if (service)
  blobStoreContract(
    'AzureBlobStore',
    async () => new AzureBlobStore({ ...service, folder: randomUUID() }),
  )
