import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface FileTreeSize {
  readonly folders: number
  readonly filesPerFolder: number
  readonly fileBytes: number
}

/** Folders with files of random bytes, which are no text. */
export async function writeFileTree(root: string, size: FileTreeSize): Promise<void> {
  for (let folder = 0; folder < size.folders; folder++) {
    const path = join(root, `folder-${folder}`)
    await mkdir(path, { recursive: true })
    const names = Array.from({ length: size.filesPerFolder }, (_, index) => `file-${index}.bin`)
    await Promise.all(names.map((name) => writeFile(join(path, name), noText(size.fileBytes))))
  }
}

function noText(sizeBytes: number): Uint8Array {
  const bytes = randomBytes(sizeBytes)
  // No UTF-8 begins so.
  bytes[0] = 0xff
  return bytes
}

/** How many of its files lie there under their names; what a program has there of its own does not count. */
export async function countFiles(root: string, { folders }: FileTreeSize): Promise<number> {
  let count = 0
  for (let folder = 0; folder < folders; folder++) {
    const names = await readdir(join(root, `folder-${folder}`)).catch(() => [])
    count += names.filter((name) => name.startsWith('file-') && name.endsWith('.bin')).length
  }
  return count
}

/** Throws where a file has not the bytes that it has in the other tree. */
export async function requireSameFiles(
  one: string,
  other: string,
  { folders, filesPerFolder }: FileTreeSize,
): Promise<void> {
  for (let folder = 0; folder < folders; folder++)
    for (let index = 0; index < filesPerFolder; index++) {
      const path = join(`folder-${folder}`, `file-${index}.bin`)
      const [a, b] = await Promise.all([readFile(join(one, path)), readFile(join(other, path))])
      if (!a.equals(b)) throw new Error(`${path} is not the same in ${one} and ${other}`)
    }
}
