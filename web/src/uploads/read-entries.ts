import type { FoundEntries, FoundFile } from './dropped-entries.ts'

/** Reads all files and folders below what was dropped, as far as this device lets it. */
export async function readEntries(entries: readonly FileSystemEntry[]): Promise<FoundEntries> {
  const found: MutableEntries = { files: [], folders: [], unreadable: [] }
  for (const entry of entries) await walk(entry, [], found)
  return found
}

interface MutableEntries {
  readonly files: FoundFile[]
  readonly folders: (readonly string[])[]
  readonly unreadable: { readonly path: readonly string[]; readonly reason: string }[]
}

async function walk(
  entry: FileSystemEntry,
  above: readonly string[],
  found: MutableEntries,
): Promise<void> {
  const path = [...above, entry.name]
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => {
        ;(entry as FileSystemFileEntry).file(resolve, reject)
      })
      found.files.push({ folder: above, name: entry.name, file })
      return
    }
    found.folders.push(path)
    for (const child of await readFolder(entry as FileSystemDirectoryEntry)) {
      await walk(child, path, found)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'It could not be read on this device'
    found.unreadable.push({ path, reason })
  }
}

/** The browser gives a folder in portions, an empty one at the end. */
async function readFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const entries: FileSystemEntry[] = []
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (portion.length === 0) return entries
    entries.push(...portion)
  }
}
