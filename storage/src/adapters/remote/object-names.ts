import { blobKey, isBlobKey } from '../../blob-key.ts'
import type { BlobKey } from '../../blob-key.ts'

/** A store's objects in a bucket that it may share: their names are a prefix and the key. */
export class ObjectNames {
  readonly prefix: string

  /** `folder` is '' or a path without slashes at its ends. */
  constructor(folder: string) {
    this.prefix = folder === '' ? '' : `${folder}/`
  }

  /** Throws `InvalidBlobKeyError`. */
  nameOf(key: BlobKey): string {
    return this.prefix + blobKey(key)
  }

  /** `undefined` for what is not ours. */
  findKey(name: string): BlobKey | undefined {
    const rest = name.slice(this.prefix.length)
    return name.startsWith(this.prefix) && isBlobKey(rest) ? rest : undefined
  }
}
