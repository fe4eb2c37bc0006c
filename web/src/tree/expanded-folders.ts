import type { NodeId } from '@cloudsync/protocol'

/** Which folders of a tree are open. */
export class ExpandedFolders {
  #ids: ReadonlySet<NodeId> = new Set()
  readonly #listeners = new Set<() => void>()

  get ids(): ReadonlySet<NodeId> {
    return this.#ids
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  set(id: NodeId, isExpanded: boolean): void {
    if (this.#ids.has(id) === isExpanded) return
    const ids = new Set(this.#ids)
    if (isExpanded) ids.add(id)
    else ids.delete(id)
    this.#become(ids)
  }

  add(added: readonly NodeId[]): void {
    if (added.every((id) => this.#ids.has(id))) return
    this.#become(new Set([...this.#ids, ...added]))
  }

  #become(ids: ReadonlySet<NodeId>): void {
    this.#ids = ids
    for (const listener of this.#listeners) listener()
  }
}
