import { createSecretKey, type KeyObject } from 'node:crypto'
import { deriveSealKey, type SealKey } from '@cloudsync/storage'

/** Some 3 MB. */
const maxKeys = 10_000

/** The keys that one key is made into, by their purpose; the least recently used are forgotten. */
export class DerivedKeys {
  readonly #key: SealKey
  /** In the order of their use. */
  readonly #derived = new Map<string, KeyObject>()

  constructor(key: SealKey) {
    this.#key = key
  }

  get(purpose: string): KeyObject {
    const known = this.#derived.get(purpose)
    if (known) this.#derived.delete(purpose)
    const derived = known ?? createSecretKey(deriveSealKey(this.#key, purpose))
    this.#derived.set(purpose, derived)
    if (this.#derived.size > maxKeys) this.#forgetOldest()
    return derived
  }

  #forgetOldest(): void {
    for (const purpose of this.#derived.keys()) {
      this.#derived.delete(purpose)
      return
    }
  }
}
