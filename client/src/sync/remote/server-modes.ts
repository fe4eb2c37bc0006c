import type { FileMode } from '@cloudsync/protocol'
import type { RemoteFile } from '../ports.ts'

/** Whether the server knows which files are executable, or links; it is asked once, and only when that matters. */
export class ServerModes {
  readonly #readFolder: () => Promise<object>
  #areKnown: Promise<boolean> | undefined

  /** `readFolder`: any node, as the server tells it. */
  constructor(readFolder: () => Promise<object>) {
    this.#readFolder = readFolder
  }

  /** What is said of a new file; `undefined`: nothing. `refused`: the server would make a file of the link. */
  async of({
    isLink,
    isExecutable,
  }: Pick<RemoteFile, 'isLink' | 'isExecutable'>): Promise<FileMode | 'refused' | undefined> {
    if (isLink !== true && isExecutable !== true) return undefined
    if (await this.#ask()) return isLink === true ? 'symlink' : 'executable'
    return isLink === true ? 'refused' : undefined
  }

  #ask(): Promise<boolean> {
    this.#areKnown ??= this.#readFolder().then(
      (folder) => 'mode' in folder,
      (error: unknown) => {
        this.#areKnown = undefined
        throw error
      },
    )
    return this.#areKnown
  }
}
