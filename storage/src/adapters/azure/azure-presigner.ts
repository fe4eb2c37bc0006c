import { BlobSASPermissions } from '@azure/storage-blob'
import type { BlockBlobClient } from '@azure/storage-blob'
import type { BlobKey } from '../../blob-key.ts'
import type { BlobPresigner } from '../../blob-store.ts'

/** https://learn.microsoft.com/rest/api/storageservices/create-service-sas */
export function azurePresigner(blob: (key: BlobKey) => BlockBlobClient): BlobPresigner {
  return {
    async presignGet(key, { expiresInSeconds, contentDisposition, contentType }) {
      return sign(blob(key), 'r', expiresInSeconds, {
        ...(contentDisposition !== undefined && { contentDisposition }),
        ...(contentType !== undefined && { contentType }),
      })
    },
    async presignPut(key, { expiresInSeconds }) {
      const url = await sign(blob(key), 'cw', expiresInSeconds, {})
      return { url, headers: { 'x-ms-blob-type': 'BlockBlob' } }
    },
  }
}

async function sign(
  blob: BlockBlobClient,
  permissions: string,
  expiresInSeconds: number,
  answer: { contentDisposition?: string; contentType?: string },
): Promise<URL> {
  const expiresOn = new Date(Date.now() + expiresInSeconds * 1000)
  const granted = BlobSASPermissions.parse(permissions)
  return new URL(await blob.generateSasUrl({ permissions: granted, expiresOn, ...answer }))
}
