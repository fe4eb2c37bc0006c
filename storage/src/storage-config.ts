import type { S3Service } from './adapters/s3/s3-connection.ts'

/** Where objects are kept. */
export type BlobStoreConfig =
  | {
      readonly kind: 'file'
      /** Made if missing. Must not hold anything else. */
      readonly directory: string
    }
  | {
      /** Nothing outlives the process. */
      readonly kind: 'memory'
    }
  | ({ readonly kind: 's3' } & S3Service & InFolder)
  | ({
      readonly kind: 'azure'
      readonly account: string
      readonly accountKey: string
      readonly containerUrl: string
    } & InFolder)
  | ({
      readonly kind: 'gcs'
      readonly bucket: string
      /** The service account's, in JSON. */
      readonly keyFile: string
      /** Default Google's. */
      readonly endpoint?: string
    } & InFolder)

interface InFolder {
  /** The path in the bucket under which everything lies; '' for the bucket itself. */
  readonly folder: string
}

/** A store's address, or what belongs to it, is wrong. The message can be shown; it holds no secret. */
export class StorageUrlError extends Error {
  override readonly name = 'StorageUrlError'
}
