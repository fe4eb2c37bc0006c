import { checkRange } from '../../blob-query.ts'
import type { BlobKey } from '../../blob-key.ts'
import type { BlobStore, ByteRange, CallOptions } from '../../blob-store.ts'
import { BlobNotFoundError, BlobStoreUnavailableError } from '../../blob-store-errors.ts'

/** Whether a range can be asked for at all, whatever the object's size. */
export function isRange({ start, end }: ByteRange): boolean {
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start < end
}

/**
 * Says why a range was not given: there is no object, or, with its size, that the range leaves it.
 * When neither is so the service has sent something else, or the object was just replaced.
 */
export async function refuseRange(
  store: Pick<BlobStore, 'head'>,
  key: BlobKey,
  range: ByteRange,
  options: CallOptions,
): Promise<never> {
  const info = await store.head(key, options)
  if (!info) throw new BlobNotFoundError(key)
  checkRange(key, range, info.sizeBytes)
  throw new BlobStoreUnavailableError('range', 'another range was sent', { retryable: true })
}
