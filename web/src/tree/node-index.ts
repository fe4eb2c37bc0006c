import type { Node, NodeId } from '@cloudsync/protocol'

/** The live children of one folder, as far as they are known. */
export interface Children {
  readonly folders: ReadonlyMap<NodeId, Node>
  readonly files: ReadonlyMap<NodeId, Node>
}

interface MutableChildren {
  readonly folders: Map<NodeId, Node>
  readonly files: Map<NodeId, Node>
}

/**
 * What the server has said of the nodes of a space, whatever the order in which it came: pages of a
 * listing, answers to commands and the change feed overtake each other, and the higher number wins.
 * A node that is gone keeps its number too, so that an older page does not bring it back.
 */
export class NodeIndex {
  readonly #nodes = new Map<NodeId, Node>()
  readonly #goneAt = new Map<NodeId, number>()
  readonly #children = new Map<NodeId, MutableChildren>()

  get(id: NodeId): Node | undefined {
    return this.#nodes.get(id)
  }

  children(parentId: NodeId): Children | undefined {
    return this.#children.get(parentId)
  }

  /**
   * Takes a node over; gives the folders whose children are others now. A private folder of others has no number of
   * its own: it is known as of `seenAt`.
   */
  put(told: Node, seenAt = told.seq): readonly NodeId[] {
    const node = told.isReadable ? told : { ...told, seq: seenAt }
    if ((this.#goneAt.get(node.id) ?? -1) >= node.seq) return []
    const known = this.#nodes.get(node.id)
    if (known && (isOlder(node, known) || isSame(known, node))) return []
    this.#goneAt.delete(node.id)
    this.#nodes.set(node.id, node)
    return [...this.#unlink(known), ...this.#link(node)]
  }

  /** Forgets all that lies below a folder; gives the folders whose children are others now. */
  forgetBelow(id: NodeId): readonly NodeId[] {
    const children = this.#children.get(id)
    if (!children) return []
    this.#children.delete(id)
    const below = [...children.folders.keys()].flatMap((folder) => this.forgetBelow(folder))
    for (const child of [...children.folders.keys(), ...children.files.keys()])
      this.#nodes.delete(child)
    return [id, ...below]
  }

  /** The node left the space, or was purged, with the change `seq`. */
  remove(id: NodeId, seq: number): readonly NodeId[] {
    const known = this.#nodes.get(id)
    if (known && known.seq > seq) return []
    this.#goneAt.set(id, Math.max(seq, this.#goneAt.get(id) ?? 0))
    this.#nodes.delete(id)
    return this.#unlink(known)
  }

  /** A whole listing has not named the node: it is not known any more, until something names it. */
  forget(id: NodeId): readonly NodeId[] {
    const known = this.#nodes.get(id)
    this.#nodes.delete(id)
    return this.#unlink(known)
  }

  #link(node: Node): readonly NodeId[] {
    if (node.parentId === null || node.trashedAt !== null) return []
    let children = this.#children.get(node.parentId)
    if (!children) {
      children = { folders: new Map(), files: new Map() }
      this.#children.set(node.parentId, children)
    }
    mapOf(children, node).set(node.id, node)
    return [node.parentId]
  }

  #unlink(node: Node | undefined): readonly NodeId[] {
    if (!node || node.parentId === null || node.trashedAt !== null) return []
    const children = this.#children.get(node.parentId)
    return children && mapOf(children, node).delete(node.id) ? [node.parentId] : []
  }
}

function mapOf(children: MutableChildren, node: Node): Map<NodeId, Node> {
  return node.kind === 'folder' ? children.folders : children.files
}

/** A grant changes no number: what can be read now is news, whatever its number. */
function isOlder(node: Node, known: Node): boolean {
  return known.seq > node.seq && (known.isReadable || !node.isReadable)
}

/** The same state again, so that the old object can stay and its row need not be drawn anew. */
function isSame(a: Node, b: Node): boolean {
  return (
    a.seq === b.seq &&
    a.name === b.name &&
    a.parentId === b.parentId &&
    a.updatedAt === b.updatedAt &&
    a.sizeBytes === b.sizeBytes &&
    a.hasConflicts === b.hasConflicts &&
    a.isReadable === b.isReadable &&
    a.inherits === b.inherits &&
    a.trashedAt === b.trashedAt
  )
}
