import { randomUUID } from 'node:crypto'
import { AzureBlobStore } from '../src/adapters/azure/azure-blob-store.ts'
import { findAzureService } from '../testing/azure-service.ts'
import { blobFaultContract } from '../testing/blob-fault-contract.ts'

const service = await findAzureService()
if (service)
  blobFaultContract('AzureBlobStore', {
    service: new URL(service.containerUrl),
    open(proxy, idleTimeoutMs) {
      const containerUrl = new URL(new URL(service.containerUrl).pathname, proxy).href
      return new AzureBlobStore({ ...service, containerUrl, folder: randomUUID(), idleTimeoutMs })
    },
  })
