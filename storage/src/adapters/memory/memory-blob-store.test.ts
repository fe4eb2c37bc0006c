import { blobStoreContract } from '../../../testing/blob-store-contract.ts'
import { MemoryBlobStore } from './memory-blob-store.ts'

blobStoreContract('MemoryBlobStore', async () => new MemoryBlobStore())
