import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'
import { isAnotherSince, readFiles, type FileToRead } from './read-files.ts'
import type { ScanInput, ScanParts } from './scan.ts'
import type { Walk } from './walk.ts'

interface Telling {
  readonly input: ScanInput
  readonly walk: Walk
  readonly parts: ScanParts
}

/**
 * Reads the files of folders that came, and tells of them part by part, so that the first are sent while the others are
 * read. To be asked where all are new, and nothing is missing that one of them could be. The files of a folder are one
 * part: of a database and its log is told together. Takes out of `files` what it has told of, so that nobody holds it
 * any more; gives where not all could be read yet.
 */
export async function tellParts(
  { input, walk, parts }: Telling,
  files: FileToRead[],
  entryOf: (file: FileToRead) => LocalEntry,
): Promise<readonly DiskPath[]> {
  const again: DiskPath[] = []
  const isNewFolder = (entry: LocalEntry): boolean =>
    entry.kind === 'folder' && input.known.get(entry.id) !== entry
  const folders = walk.found.values().filter(isNewFolder).toArray()
  const byFolder = Map.groupBy(files, ({ file }) => file.parentId)
  files.length = 0
  for (const part of partsOf(byFolder, parts.files)) {
    again.push(...(await readFiles(input, walk, part)).again)
    const told = folders.splice(0)
    for (const file of part)
      if (isAnotherSince(file)) files.push(file)
      else told.push(entryOf(file))
    parts.tell(told)
  }
  return again
}

/** Lets go of what it gives. */
function* partsOf(byFolder: Map<NodeId, FileToRead[]>, partFiles: number): Generator<FileToRead[]> {
  let part: FileToRead[] = []
  for (const [id, inFolder] of byFolder) {
    byFolder.delete(id)
    part.push(...inFolder)
    if (part.length < partFiles) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}
