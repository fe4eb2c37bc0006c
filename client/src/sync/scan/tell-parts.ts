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

interface Told {
  readonly told: ReadonlySet<FileToRead>
  /** Where not all could be read yet. */
  readonly again: readonly DiskPath[]
}

/**
 * Reads the files of folders that came, and tells of them part by part, so that the first are sent while the others are
 * read. To be asked where all are new, and nothing is missing that one of them could be. The files of a folder are one
 * part: of a database and its log is told together.
 */
export async function tellParts(
  { input, walk, parts }: Telling,
  files: readonly FileToRead[],
  entryOf: (file: FileToRead) => LocalEntry,
): Promise<Told> {
  const told = new Set<FileToRead>()
  const again: DiskPath[] = []
  const folders = [...walk.found.values()].filter((entry) => input.known.get(entry.id) !== entry)
  for (const part of partsOf(files, parts.files)) {
    again.push(...(await readFiles(input, walk, part)).again)
    const sure = part.filter((file) => !isAnotherSince(file))
    for (const file of sure) told.add(file)
    parts.tell([...folders.splice(0), ...sure.map(entryOf)])
  }
  return { told, again }
}

function* partsOf(files: readonly FileToRead[], partFiles: number): Generator<FileToRead[]> {
  const byFolder = Map.groupBy(files, ({ file }) => file.parentId)
  let part: FileToRead[] = []
  for (const inFolder of byFolder.values()) {
    part.push(...inFolder)
    if (part.length < partFiles) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}
