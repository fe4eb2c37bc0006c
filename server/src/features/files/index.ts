export { openFiles, type Files, type FilesOptions } from './open-files.ts'
export { FolderProjection } from './tree/project-folder.ts'
export type { People } from './people.ts'
