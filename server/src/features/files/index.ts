export { openFiles, type Files, type FilesOptions } from './open-files.ts'
export type { UploadedFiles, UploadTarget, WriteWithFile } from './content/uploaded-files.ts'
export { FolderProjection } from './tree/project-folder.ts'
export type { People } from './people.ts'
