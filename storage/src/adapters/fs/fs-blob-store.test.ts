import { blobStoreContract } from '../../../testing/blob-store-contract.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { FsBlobStore } from './fs-blob-store.ts'

blobStoreContract('FsBlobStore', async () =>
  FsBlobStore.open({ directory: await temporaryDirectory() }),
)
