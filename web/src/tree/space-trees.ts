import type { Node, NodeId, SpaceId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import type { ToastList } from '../ui/toast-list.ts'
import { SpaceTree, type Nudges, type TreeSpace } from './space-tree.ts'
import { LazyEditor } from './lazy-editor.ts'

/** A node about which two disagree. */
export interface OpenConflict {
  readonly opened: OpenTree
  readonly node: Node
}

export interface OpenTree {
  readonly tree: SpaceTree
  readonly editor: LazyEditor
}

/** The trees of the spaces that were looked at since the page came up. */
export class SpaceTrees {
  readonly #options: {
    readonly api: ApiClient
    readonly toasts: ToastList
    readonly nudges: Nudges
  }
  readonly #trees = new Map<SpaceId, OpenTree>()
  readonly #listeners = new Set<() => void>()
  #version = 0
  #openConflict: OpenConflict | undefined

  constructor(options: { api: ApiClient; toasts: ToastList; nudges: Nudges }) {
    this.#options = options
  }

  /** Another number whenever anything has changed in any tree. */
  get version(): number {
    return this.#version
  }

  /** What a person wants to decide now. */
  get openConflict(): OpenConflict | undefined {
    return this.#openConflict
  }

  /** Called after anything has changed in any tree. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get(space: TreeSpace): OpenTree {
    const known = this.#trees.get(space.id)
    if (known) {
      known.tree.name = space.name
      known.tree.rootId = space.rootId
      return known
    }
    const { api, toasts, nudges } = this.#options
    const openTrees = () => [...this.#trees.values()].map((other) => other.tree)
    const tree = new SpaceTree({ api, space, nudges, openTrees })
    const decide = (id: NodeId) => {
      const node = tree.store.node(id)
      if (node) this.decide({ opened, node })
    }
    const opened: OpenTree = { tree, editor: new LazyEditor({ tree, toasts, decide }) }
    this.#trees.set(space.id, opened)
    tree.subscribe(() => this.#tell())
    return opened
  }

  /** Lets the person decide about a node; `undefined` when they are done. */
  decide(conflict: OpenConflict | undefined): void {
    this.#openConflict = conflict
    this.#tell()
  }

  find(spaceId: SpaceId): OpenTree | undefined {
    return this.#trees.get(spaceId)
  }

  /** A node that any of the trees knows. */
  findNode(id: NodeId) {
    for (const { tree } of this.#trees.values()) {
      const node = tree.store.node(id)
      if (node) return node
    }
    return undefined
  }

  #tell(): void {
    this.#version++
    for (const listener of this.#listeners) listener()
  }
}
