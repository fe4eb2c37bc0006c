import type { DiskPath } from '../ports.ts'

/** Another program on the same disk: it asks nobody, and writes over what is there. */
export interface DiskUser {
  write(path: DiskPath, content: string): Promise<void>
  read(path: DiskPath): Promise<string | undefined>
  makeFolder(path: DiskPath): Promise<void>
  move(from: DiskPath, to: DiskPath): Promise<void>
  remove(path: DiskPath): Promise<void>
}
