export { openFiles, type Files, type FilesOptions } from './open-files.ts'
export type { People } from './people.ts'
