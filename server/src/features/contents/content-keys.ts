import type { SealKey } from '@cloudsync/storage'
import type { KeyRing } from '#platform/keys/key-ring.ts'

/** The keys from which those of chunks and packs are made. */
export interface ContentKeys {
  /** The one for what is sealed now, and its id, which is stored beside it. */
  readonly current: { readonly id: number; readonly key: SealKey }
  /** Throws when there is none of this id, or it cannot be had. */
  find(id: number): Promise<SealKey>
}

/** For all time: what is sealed is opened with it. */
const purpose = 'contents'

export function contentKeysOf(keys: KeyRing): ContentKeys {
  return {
    get current() {
      return keys.currentKey(purpose)
    },
    find: (id) => keys.getKey(id, purpose),
  }
}
