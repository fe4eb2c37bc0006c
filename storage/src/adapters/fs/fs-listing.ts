import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isBlobKey } from '../../blob-key.ts'
import type { BlobKey } from '../../blob-key.ts'
import type { ListSpan } from '../../blob-query.ts'
import { fsFind } from '../../fs-errors.ts'
import { shardLength, shardPrefix } from './fs-layout.ts'

/** What a directory holds, under the sorting name of each: a folder's ends in `/`, as in its keys. */
interface Group {
  shard: string | undefined
  readonly folders: string[]
}

/**
 * The keys below `directory`, which holds the keys that begin with `parent`, in ascending order.
 * Folders and files of one directory interleave (`a`, `a-b`, `a/b`, `ab`), so they are taken
 * together by the first characters of their sorting names, which is how shards divide the files.
 * Only directories that can hold a wanted key are read, and one shard at a time is in memory.
 */
export async function* keysBelow(
  directory: string,
  parent: string,
  span: ListSpan,
): AsyncGenerator<BlobKey> {
  const groups = await readGroups(directory)
  for (const name of [...groups.keys()].sort()) {
    const group = groups.get(name)
    if (!group || !mayHold(parent + name, span)) continue
    const files = group.shard === undefined ? [] : await readNames(join(directory, group.shard))
    for (const entry of [...files, ...group.folders].sort()) {
      const key = parent + entry
      if (entry.endsWith('/')) {
        if (mayHold(key, span)) yield* keysBelow(join(directory, entry), key, span)
      } else if (isBlobKey(key) && key > span.after && key.startsWith(span.prefix)) {
        yield key
      }
    }
  }
}

/** Whether a wanted key may begin with `start`. */
function mayHold(start: string, span: ListSpan): boolean {
  const inPrefix = start.startsWith(span.prefix) || span.prefix.startsWith(start)
  return inPrefix && (start > span.after || span.after.startsWith(start))
}

async function readGroups(directory: string): Promise<Map<string, Group>> {
  const groups = new Map<string, Group>()
  const groupOf = (name: string): Group => {
    const group = groups.get(name) ?? { shard: undefined, folders: [] }
    groups.set(name, group)
    return group
  }
  for (const name of await readNames(directory)) {
    if (name.startsWith(shardPrefix)) groupOf(name.slice(shardPrefix.length)).shard = name
    // Anything else that an operating system or a person left there is no part of the store.
    else if (isBlobKey(name)) {
      const folder = `${name}/`
      groupOf(folder.slice(0, shardLength)).folders.push(folder)
    }
  }
  return groups
}

/** Empty when there is none; every other failure is an error, so that nothing looks deleted. */
async function readNames(directory: string): Promise<string[]> {
  return (await fsFind('list', readdir(directory))) ?? []
}
