import type { KeyObject } from 'node:crypto'
import type { DatabaseClientConfig } from '../db/connection-pool.ts'
import {
  addDataKey,
  exclusively,
  listDataKeys,
  readDataKeys,
  unwrapDataKey,
  type WrappedDataKey,
} from './data-key-table.ts'
import { DerivedKeys } from './derived-keys.ts'
import type { MasterKeySource } from './master-key.ts'

export interface KeyRingOptions {
  readonly source: MasterKeySource
  /** All data keys, as the database has them now. */
  readonly readDataKeys: () => Promise<readonly WrappedDataKey[]>
}

/** What is to be sealed, with which key. */
export interface PurposeKey {
  /** Of the data key; stored beside what is sealed. */
  readonly id: number
  readonly key: KeyObject
}

/** Something is sealed with a data key that the database does not have. */
export class UnknownDataKeyError extends Error {
  override readonly name = 'UnknownDataKeyError'

  constructor(id: number) {
    super(`There is no data key ${id}`)
  }
}

/**
 * The data keys of the installation, in the memory of this process. Nothing is sealed with a data key
 * itself but with a key that is derived from it for a purpose; `deriveSealKey` says why.
 *
 * Data keys are never changed nor deleted, so those that are known stay good when another process rotates.
 */
export class KeyRing {
  readonly #options: KeyRingOptions
  readonly #keys = new Map<number, DerivedKeys>()
  #currentId: number | undefined
  /** Never rejects. */
  #lastReading: Promise<void> = Promise.resolve()
  /** A reading that has not begun. */
  #nextReading: Promise<void> | undefined

  constructor(options: KeyRingOptions) {
    this.#options = options
  }

  /** The key to seal something for a purpose with. A rotation may give another at any time. */
  currentKey(purpose: string): PurposeKey {
    const id = this.#currentId
    const keys = id === undefined ? undefined : this.#keys.get(id)
    if (id === undefined || !keys) throw new Error('The database has no data keys yet')
    return { id, key: keys.get(purpose) }
  }

  /** The key for a purpose by each data key that is known, the present one first. */
  keysFor(purpose: string): readonly [PurposeKey, ...PurposeKey[]] {
    const current = this.currentKey(purpose)
    const former = [...this.#keys].filter(([id]) => id !== current.id)
    return [current, ...former.map(([id, keys]) => ({ id, key: keys.get(purpose) }))]
  }

  /**
   * The key that something was sealed with; the database is asked for one that is not known yet. Throws
   * `UnknownDataKeyError`, `MasterKeyError` and errors of the database.
   */
  async getKey(id: number, purpose: string): Promise<KeyObject> {
    if (!this.#keys.has(id)) await this.refresh()
    const keys = this.#keys.get(id)
    if (!keys) throw new UnknownDataKeyError(id)
    return keys.get(purpose)
  }

  /**
   * Takes what has changed in the database before the call. Calls share a reading that has not begun; one
   * that is under way may have missed what they are about.
   */
  refresh(): Promise<void> {
    if (this.#nextReading) return this.#nextReading
    const reading = this.#lastReading.then(() => {
      this.#nextReading = undefined
      return this.#read()
    })
    this.#nextReading = reading
    this.#lastReading = reading.catch(() => undefined)
    return reading
  }

  async #read(): Promise<void> {
    await this.take(await this.#options.readDataKeys())
  }

  async take(rows: readonly WrappedDataKey[]): Promise<void> {
    for (const row of rows) {
      if (this.#keys.has(row.id)) continue
      const master = await this.#options.source.getKey(row.masterFingerprint)
      this.#keys.set(row.id, new DerivedKeys(await unwrapDataKey(row, master)))
    }
    this.#currentId = rows.find(({ isCurrent }) => isCurrent)?.id
  }
}

/**
 * Opens the keys of a database, and makes the first data key of one that has none. Several servers may do
 * so at once. Throws `MasterKeyError` when the master key is missing or another one.
 */
export async function openKeyRing(
  { clientConfig }: { readonly clientConfig: DatabaseClientConfig },
  source: MasterKeySource,
): Promise<KeyRing> {
  const ring = new KeyRing({ source, readDataKeys: () => readDataKeys(clientConfig) })
  await exclusively(clientConfig, async (client) => {
    let rows = await listDataKeys(client)
    if (rows.length === 0) {
      await addDataKey(client, await source.ensureKey())
      rows = await listDataKeys(client)
    }
    await ring.take(rows)
    for (const fingerprint of new Set(rows.map((row) => row.masterFingerprint)))
      await source.settle(fingerprint)
  })
  return ring
}
