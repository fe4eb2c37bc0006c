import { CloudSyncError, type CloudSyncClient, type Node, type NodeId } from '../../sdk/index.ts'
import { findChild } from './find-remote-folder.ts'
import type { Link } from './links.ts'

/** Paths of a link as the server has them: below the linked folder, which may lie somewhere in a space. */
export class RemotePaths {
  readonly #client: CloudSyncClient
  readonly #link: Link
  #base: Promise<readonly string[]> | undefined

  constructor(client: CloudSyncClient, link: Link) {
    this.#client = client
    this.#link = link
  }

  /** The names from the root of the space down to the linked folder. */
  base(): Promise<readonly string[]> {
    this.#base ??= this.#namesOf(this.#link.folderId)
    return this.#base
  }

  /** What lies there now. */
  async findNode(path: readonly string[]): Promise<Node | undefined> {
    const names = [...(await this.base()), ...path]
    try {
      return await this.#client.spaces.nodeAt(this.#link.spaceId, names.join('/'))
    } catch (error) {
      if (!(error instanceof CloudSyncError) || error.code !== 'not_found') throw error
      return this.#link.isWholeSpace ? undefined : this.#walk(path)
    }
  }

  /** Step by step: whoever was given a folder alone does not see the way to it. */
  async #walk(path: readonly string[]): Promise<Node | undefined> {
    let at: Node | undefined = await this.#client.nodes.get(this.#link.folderId)
    for (const name of path) {
      if (at?.kind !== 'folder') return undefined
      at = await findChild(this.#client, at.id, name)
    }
    return at
  }

  /** Where in the link a node lies; `undefined`: elsewhere in the space, or nowhere any more. */
  async findPath(id: NodeId): Promise<readonly string[] | undefined> {
    try {
      return await this.inside(await this.#namesOf(id))
    } catch (error) {
      if (error instanceof CloudSyncError && error.status === 404) return undefined
      throw error
    }
  }

  /** A path of the space as one of the link; `undefined`: it lies elsewhere. */
  async inside(names: readonly string[]): Promise<readonly string[] | undefined> {
    const base = await this.base()
    return base.every((name, index) => names[index] === name) ? names.slice(base.length) : undefined
  }

  async #namesOf(id: NodeId): Promise<readonly string[]> {
    const [node, above] = await Promise.all([
      this.#client.nodes.get(id),
      this.#client.nodes.ancestors(id),
    ])
    // The root of the space has no place in a path.
    const chain = [...above.filter((one) => one.id !== id), node]
    return chain.filter(({ parentId }) => parentId !== null).map(({ name }) => name)
  }
}
