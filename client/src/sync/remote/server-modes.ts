import type { FileMode } from '@cloudsync/protocol'
import type { RemoteFile } from '../ports.ts'
import type { RemoteContext } from './remote-context.ts'
import { orRemoteError } from './remote-failures.ts'

/** Whether the server knows which files are executable, or links; asked of each once, and only when it matters. */
export class ServerModes {
  readonly #context: Pick<RemoteContext, 'client' | 'place'>
  #areKnown: Promise<boolean> | undefined

  constructor(context: Pick<RemoteContext, 'client' | 'place'>) {
    this.#context = context
  }

  /** What is said of a new file; `undefined`: nothing. `refused`: the server would make a file of the link. */
  async of({ isLink, isExecutable }: RemoteFile): Promise<FileMode | 'refused' | undefined> {
    if (isLink !== true && isExecutable !== true) return undefined
    if (await this.#ask()) return isLink === true ? 'symlink' : 'executable'
    return isLink === true ? 'refused' : undefined
  }

  #ask(): Promise<boolean> {
    const { client, place } = this.#context
    this.#areKnown ??= orRemoteError(() => client.nodes.get(place.folderId)).then(
      (folder) => 'mode' in folder,
      (error: unknown) => {
        this.#areKnown = undefined
        throw error
      },
    )
    return this.#areKnown
  }
}
