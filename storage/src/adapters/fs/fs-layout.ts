import { join } from 'node:path'
import { blobKey } from '../../blob-key.ts'

/**
 * Where things lie below the root:
 *
 *     objects/<segment>/…/=<xx>/<last segment>    an object; xx: the first two characters of the last
 *                                                 segment, so that hashes spread over 256 directories
 *                                                 and the order of keys is the order of names
 *     uploads/<uploadId>.<hash of key>/<number>   the parts of an upload
 *     tmp/<uuid>                                  what is being written; never read again
 *
 * `=` is outside the alphabet of keys, so a directory of a key, a directory of ours and a file never
 * take each other's name.
 */
export class FsLayout {
  readonly root: string
  readonly objects: string
  readonly uploads: string
  readonly temporary: string

  constructor(root: string) {
    this.root = root
    this.objects = join(root, 'objects')
    this.uploads = join(root, 'uploads')
    this.temporary = join(root, 'tmp')
  }

  /** Throws `InvalidBlobKeyError`: the alphabet has nothing in it that could leave `objects`. */
  objectPath(key: string): string {
    const segments = blobKey(key).split('/')
    const last = segments.pop() ?? ''
    return join(this.objects, ...segments, shardPrefix + last.slice(0, shardLength), last)
  }
}

export const shardPrefix = '='
export const shardLength = 2
