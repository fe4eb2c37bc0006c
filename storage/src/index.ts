export { blobKey, blobKeyPrefix, isBlobKey, maxBlobKeyLength } from './blob-key.ts'
export type { BlobKey } from './blob-key.ts'
export type {
  BlobBody,
  BlobInfo,
  BlobMultipart,
  BlobPage,
  BlobPart,
  BlobPresigner,
  BlobReader,
  BlobSource,
  BlobStore,
  BlobUpload,
  ByteRange,
  CallOptions,
  ListQuery,
  MultipartLimits,
  PresignGetOptions,
  PresignedPut,
  PresignOptions,
  PutOptions,
  PutOutcome,
  StoreSpace,
} from './blob-store.ts'
export {
  BlobNotFoundError,
  BlobOperationUnsupportedError,
  BlobRangeError,
  BlobSizeMismatchError,
  BlobStoreError,
  BlobStoreFullError,
  BlobStoreUnauthorizedError,
  BlobStoreUnavailableError,
  BlobUploadNotFoundError,
  BlobUploadPartError,
  InvalidBlobKeyError,
} from './blob-store-errors.ts'
export { openBlobStore } from './open-blob-store.ts'
export { parseStorageUrl } from './parse-storage-url.ts'
export type { StorageEnvironment } from './parse-storage-url.ts'
export { StorageUrlError } from './storage-config.ts'
export type { BlobStoreConfig } from './storage-config.ts'
export { Chunker } from './chunking/chunker.ts'
export { chunkingV1, findCut } from './chunking/chunking.ts'
export type { Chunking } from './chunking/chunking.ts'
export {
  ChunkDamagedError,
  chunkCodecs,
  hashChunk,
  maxSealedBytes,
  sealChunk,
  unsealChunk,
} from './packs/chunk-codec.ts'
export type { ChunkCodec, ChunkForm, SealedChunk } from './packs/chunk-codec.ts'
export type { UnsealPart } from './packs/chunk-worker.ts'
export { ChunkWorkers } from './packs/chunk-workers.ts'
export type { ChunkStream, ScannedPart } from './packs/chunk-workers.ts'
export { decodeManifestPage, encodeManifestPage, maxPageEntries } from './packs/manifest-page.ts'
export type { ManifestEntry } from './packs/manifest-page.ts'
export {
  decodePackDirectory,
  decodePackHeader,
  encodePack,
  PackDamagedError,
  packHeaderBytes,
} from './packs/pack-format.ts'
export type { EncodedPack, PackEntry } from './packs/pack-format.ts'
export {
  deriveSealKey,
  seal,
  SealBrokenError,
  sealKeyBytes,
  sealOverheadBytes,
  unseal,
} from './encryption/seal.ts'
export type { SealKey } from './encryption/seal.ts'
export { openDelta } from './delta/apply-delta.ts'
export type { DeltaBase, OpenDelta } from './delta/apply-delta.ts'
export { DeltaBrokenError } from './delta/delta-format.ts'
export { makeDelta } from './delta/make-delta.ts'
export type { ChunkedContent } from './delta/make-delta.ts'
export { releaseBytes } from './release-bytes.ts'
export { findSha256, sha256FromBytes, sha256FromHex, sha256Of, sha256ToBytes } from './sha256.ts'
export type { Sha256 } from './sha256.ts'
export { BreakingBlobStore } from './decorators/breaking-blob-store.ts'
export type { BreakerState, BreakOptions } from './decorators/breaking-blob-store.ts'
export type { BlobOperation } from './decorators/intercepted-blob-store.ts'
export { LimitedBlobStore } from './decorators/limited-blob-store.ts'
export type { LimitOptions } from './decorators/limited-blob-store.ts'
export { MeteredBlobStore } from './decorators/metered-blob-store.ts'
export type { BlobMeasurement, MeterOptions } from './decorators/metered-blob-store.ts'
export { RetryingBlobStore } from './decorators/retrying-blob-store.ts'
export type { RetryOptions } from './decorators/retrying-blob-store.ts'
