/**
 * What wraps the data keys. One from a file does it here; one of a key management service would ask that
 * service, and never have the key itself.
 */
export interface MasterKey {
  /** Tells this key from another, and nothing about it. */
  readonly fingerprint: string
  wrap(dataKey: Uint8Array, context: Uint8Array): Promise<Uint8Array>
  /** Throws `SealBrokenError` for what another key has wrapped, or in another context. */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array>
}

/** Where the master key is had from. A rotation leaves another one there. */
export interface MasterKeySource {
  /** The one that the database was sealed under. Throws `MasterKeyError` when it is not there. */
  getKey(fingerprint: string): Promise<MasterKey>
  /** The one for a database that has no data keys yet; makes it where it may. */
  ensureKey(): Promise<MasterKey>
  /** Ends what a rotation that was broken off has left. Called while nobody rotates. */
  settle(fingerprint: string): Promise<void>
}

/** The master key is missing, or is not the one that is needed. The message is for the operator. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}
