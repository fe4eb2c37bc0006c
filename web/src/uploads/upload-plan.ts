import type { FoundEntries, FoundFile } from './dropped-entries.ts'

/** A folder that must be there before the files in it can be sent. */
export interface PlannedFolder {
  readonly key: string
  /** Of the folder that it lies in; empty for the one that all was dropped into. */
  readonly parentKey: string
  readonly name: string
}

export interface UploadPlan {
  /** By depth: what is in one level needs only folders of the levels before it. */
  readonly levels: readonly (readonly PlannedFolder[])[]
  readonly files: readonly { readonly folderKey: string; readonly file: FoundFile }[]
}

/** A name cannot contain a slash, so that joined names are as good as the list of them. */
function folderKey(path: readonly string[]): string {
  return path.join('/')
}

/** The folders to make, each once and parents first, and which file goes where. Names stay as they are. */
export function planUpload({
  files,
  folders,
}: Pick<FoundEntries, 'files' | 'folders'>): UploadPlan {
  const planned = new Map<string, { readonly folder: PlannedFolder; readonly depth: number }>()
  for (const path of [...folders, ...files.map(({ folder }) => folder)]) {
    for (let depth = 1; depth <= path.length; depth++) {
      const key = folderKey(path.slice(0, depth))
      const parentKey = folderKey(path.slice(0, depth - 1))
      const name = path[depth - 1] ?? ''
      planned.set(key, { folder: { key, parentKey, name }, depth })
    }
  }
  const levels: PlannedFolder[][] = []
  for (const { folder, depth } of planned.values()) (levels[depth - 1] ??= []).push(folder)
  return {
    levels,
    files: files.map((file) => ({ folderKey: folderKey(file.folder), file })),
  }
}
