import { deriveSealKey, seal, unseal, type SealKey } from '@cloudsync/storage'
import type { MasterKey } from './master-key.ts'

const fingerprintBytes = 8

/** A master key that is in the memory of this process. */
export class LocalMasterKey implements MasterKey {
  readonly fingerprint: string
  readonly #wrappingKey: SealKey

  constructor(key: SealKey) {
    this.#wrappingKey = deriveSealKey(key, 'cloudsync: wrap data keys')
    // A key of another purpose says nothing about this one.
    const derived = deriveSealKey(key, 'cloudsync: fingerprint of the master key')
    this.fingerprint = Buffer.from(derived.subarray(0, fingerprintBytes)).toString('hex')
  }

  async wrap(dataKey: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    return seal(this.#wrappingKey, dataKey, context)
  }

  async unwrap(wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    return unseal(this.#wrappingKey, wrapped, context)
  }
}
