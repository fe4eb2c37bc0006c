/** A file that somebody wants to upload, and where it lies below what was dropped or picked. */
export interface FoundFile {
  /** The names of the folders above it. */
  readonly folder: readonly string[]
  readonly name: string
  readonly file: Blob
}

export interface FoundEntries {
  readonly files: readonly FoundFile[]
  /** All folders, empty ones too, as names from the top. */
  readonly folders: readonly (readonly string[])[]
  /** What could not be read on this device. */
  readonly unreadable: readonly { readonly path: readonly string[]; readonly reason: string }[]
}

/** What was dropped, or picked. Reading it takes a while where there are many folders. */
export interface DroppedEntries {
  read(): Promise<FoundEntries>
}

export function hasFiles(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes('Files') ?? false
}

/** Must be called within the event of the drop: later the browser has forgotten it. */
export function readDrop(transfer: DataTransfer): DroppedEntries {
  const entries = [...transfer.items].flatMap((item): FileSystemEntry[] => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null
    return entry ? [entry] : []
  })
  return {
    async read() {
      const { readEntries } = await import('./read-entries.ts')
      return readEntries(entries)
    },
  }
}

/** Files of an `<input>`; those of a picked folder carry their path. */
export function pickedEntries(files: Iterable<File>): DroppedEntries {
  const found = [...files].map((file): FoundFile => {
    const folder = file.webkitRelativePath.split('/').slice(0, -1)
    return { folder, name: file.name, file }
  })
  return { read: () => Promise.resolve({ files: found, folders: [], unreadable: [] }) }
}
