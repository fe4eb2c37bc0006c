import type { NodeId } from '@cloudsync/protocol'
import type { Trees } from '../model/entry.ts'
import { isSteady } from '../model/steady.ts'

/**
 * Which nodes the three trees say different things of, kept up to date: a plan after each save would else have to look at
 * a hundred thousand.
 */
export class DifferingNodes {
  readonly ids = new Set<NodeId>()
  readonly #trees: Trees

  constructor(trees: Trees) {
    this.#trees = trees
    for (const tree of [trees.remote, trees.local, trees.synced])
      for (const id of tree.keys()) this.look(id)
  }

  /** Something of this node has changed. */
  look(id: NodeId): void {
    const { remote, local, synced } = this.#trees
    const [there, here, agreed] = [remote.get(id), local.get(id), synced.get(id)]
    const isGone = !there && !here && !agreed
    if (isGone || isSteady(there, here, agreed)) this.ids.delete(id)
    else this.ids.add(id)
  }
}
