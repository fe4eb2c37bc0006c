export { openDelta } from './apply-delta.ts'
export type { DeltaBase, OpenDelta } from './apply-delta.ts'
export {
  DeltaBrokenError,
  encodeCopy,
  encodedEnd,
  encodeDeltaHeader,
  maxStepBytes,
} from './delta-format.ts'
export { encodeNew } from './delta-work.ts'
export { makeDelta } from './make-delta.ts'
export type { ChunkedContent } from './make-delta.ts'
export { findSha256, sha256FromHex } from '../sha256.ts'
export type { Sha256 } from '../sha256.ts'
