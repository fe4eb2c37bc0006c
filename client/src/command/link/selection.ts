import type { NodeId } from '@cloudsync/protocol'
import type { SelectionRules } from '../../sync/engine/plan-options.ts'
import { pathOf } from '../../sync/engine/tree-paths.ts'
import type { RemoteEntry, Tree } from '../../sync/model/entry.ts'
import type { DiskPath } from '../../sync/ports.ts'

/** Selective sync: the folders that are not kept here, wherever on the server they are by now. */
export class Selection implements SelectionRules {
  readonly #remote: Tree<RemoteEntry>
  readonly #rootId: NodeId
  #excluded: readonly NodeId[]

  constructor(remote: Tree<RemoteEntry>, rootId: NodeId, excluded: readonly NodeId[]) {
    this.#remote = remote
    this.#rootId = rootId
    this.#excluded = excluded
  }

  set(excluded: readonly NodeId[]): void {
    this.#excluded = excluded
  }

  isAll(): boolean {
    return this.#excluded.length === 0
  }

  /** Handed on by itself, so it is bound. */
  readonly isUnselected = (path: DiskPath): boolean =>
    this.#excluded.some((id) => {
      const folder = pathOf(this.#remote, this.#rootId, id)
      return folder?.every((name, index) => path[index] === name) === true
    })
}
