export interface DroppedFiles {
  readonly files: readonly { readonly name: string; readonly file: File }[]
  /** Names of folders among what was dropped. */
  readonly folders: readonly string[]
}

/** Reads what was dropped; must be called within the event, later the browser has forgotten it. */
export function readDrop(transfer: DataTransfer): DroppedFiles {
  const files: { name: string; file: File }[] = []
  const folders: string[] = []
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue
    const entry = item.webkitGetAsEntry()
    const file = item.getAsFile()
    if (entry?.isDirectory === true) folders.push(entry.name)
    else if (file) files.push({ name: file.name, file })
  }
  return { files, folders }
}

export function hasFiles(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes('Files') ?? false
}
