import type { Node, NodeId } from '@cloudsync/protocol'
import { NodeIndex } from './node-index.ts'
import {
  foldOperations,
  noOverlay,
  nodeOf,
  type Overlay,
  type PendingOperation,
} from './pending-operations.ts'

/** Everything in a folder, or only its folders, in no order. */
export interface FolderView {
  readonly nodes: readonly Node[]
  /** False while pages are on their way. */
  readonly isComplete: boolean
}

export type Scope = 'all' | 'folders'

/** A listing of a folder under way. */
export interface Listing {
  readonly folderId: NodeId
  readonly scope: Scope
  /** How far the change feed was followed when it began. */
  readonly startSeq: number
  readonly listed: Set<NodeId>
}

const emptyView: FolderView = { nodes: [], isComplete: false }

/** What is heeded of an entry of the change feed. */
export type HeardChange =
  | { readonly type: 'node'; readonly seq: number; readonly node: Node }
  | { readonly type: 'gone'; readonly seq: number; readonly id: NodeId }

/**
 * The nodes of one space as this page shows them: what the server has said, with what this person has
 * done meanwhile on top. Filled by listings, kept true by the change feed; views are made when they are
 * asked for and stay the same object until something in them changes.
 */
export class TreeStore {
  readonly #index = new NodeIndex()
  readonly #listeners = new Set<() => void>()
  readonly #complete: Record<Scope, Set<NodeId>> = { all: new Set(), folders: new Set() }
  readonly #views: Record<Scope, Map<NodeId, FolderView>> = { all: new Map(), folders: new Map() }
  readonly #trashedAt: string
  #operations: readonly PendingOperation[] = []
  #overlay: Overlay = noOverlay
  /** How many overlaid nodes each folder has, so that most views need not look. */
  #overlaidIn = new Map<NodeId, Node[]>()
  #version = 0

  /** `now` stands in for the time of what was put to the trash and not confirmed. */
  constructor(now: () => Date = () => new Date()) {
    this.#trashedAt = now().toISOString()
  }

  /** Another number whenever anything has changed. */
  get version(): number {
    return this.#version
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** As shown: with what is pending. */
  node(id: NodeId): Node | undefined {
    return this.#overlay.get(id) ?? this.#index.get(id)
  }

  /** Those of the nodes that are known. */
  nodes(ids: readonly NodeId[]): readonly Node[] {
    return ids.flatMap((id) => this.node(id) ?? [])
  }

  confirmedNode(id: NodeId): Node | undefined {
    return this.#index.get(id)
  }

  view(folderId: NodeId, scope: Scope): FolderView {
    const known = this.#views[scope].get(folderId)
    if (known) return known
    const view = this.#makeView(folderId, scope)
    this.#views[scope].set(folderId, view)
    return view
  }

  isComplete(folderId: NodeId, scope: Scope): boolean {
    return (
      this.#complete.all.has(folderId) ||
      (scope === 'folders' && this.#complete.folders.has(folderId))
    )
  }

  beginListing(folderId: NodeId, scope: Scope, startSeq: number): Listing {
    return { folderId, scope, startSeq, listed: new Set() }
  }

  addPage(listing: Listing, nodes: readonly Node[]): void {
    for (const { id } of nodes) listing.listed.add(id)
    this.#changed(nodes.flatMap((node) => this.#take(node, listing.startSeq)))
  }

  /** The last page was added: what is known of the folder and was not listed is there no more. */
  endListing(listing: Listing): void {
    const { folderId, scope, startSeq, listed } = listing
    const children = this.#index.children(folderId)
    const known = [
      ...(children?.folders.values() ?? []),
      ...(scope === 'all' ? (children?.files.values() ?? []) : []),
    ]
    const dirty = known
      .filter(({ id, seq }) => !listed.has(id) && seq <= startSeq)
      .flatMap(({ id }) => this.#index.forget(id))
    this.#complete[scope].add(folderId)
    this.#changed([...dirty, folderId])
  }

  /** Nothing is sure any more, such as after the feed has lost its place: all is to be listed again. */
  markStale(): void {
    const folders = [...this.#complete.all, ...this.#complete.folders]
    this.#complete.all.clear()
    this.#complete.folders.clear()
    this.#changed(folders)
  }

  put(nodes: Iterable<Node>): void {
    const dirty: NodeId[] = []
    for (const node of nodes) dirty.push(...this.#take(node))
    this.#changed(dirty)
  }

  /** The node is known not to be here any more; its place in the change feed tells the rest. */
  forget(id: NodeId): void {
    this.#changed(this.#index.forget(id))
  }

  apply(changes: Iterable<HeardChange>): void {
    const dirty: NodeId[] = []
    for (const change of changes) {
      if (change.type === 'node') dirty.push(...this.#take(change.node, change.seq))
      else dirty.push(...this.#index.remove(change.id, change.seq))
    }
    this.#changed(dirty)
  }

  /** Lays operations over what is known; the result takes them off again. */
  overlay(operations: readonly PendingOperation[]): () => void {
    this.#setOperations([...this.#operations, ...operations])
    return () => {
      const ended = new Set(operations)
      this.#setOperations(this.#operations.filter((operation) => !ended.has(operation)))
    }
  }

  /** Whether something about the node waits for the server. */
  isPending(id: NodeId): boolean {
    return this.#overlay.has(id) && this.#operations.some((operation) => nodeOf(operation) === id)
  }

  /** What lies in a folder that cannot be read any more is not known either. */
  #take(node: Node, seenAt?: number): readonly NodeId[] {
    const dirty = this.#index.put(node, seenAt)
    if (this.#index.get(node.id)?.isReadable !== false) return dirty
    const below = this.#index.forgetBelow(node.id)
    for (const id of [node.id, ...below]) {
      this.#complete.all.delete(id)
      this.#complete.folders.delete(id)
    }
    return [...dirty, ...below]
  }

  #setOperations(operations: readonly PendingOperation[]): void {
    this.#operations = operations
    this.#changed([])
  }

  #changed(dirtyFolders: readonly NodeId[]): void {
    const before = this.#overlaidIn
    this.#foldOverlay()
    for (const id of [...dirtyFolders, ...before.keys(), ...this.#overlaidIn.keys()]) {
      this.#views.all.delete(id)
      this.#views.folders.delete(id)
    }
    this.#version++
    for (const listener of this.#listeners) listener()
  }

  #foldOverlay(): void {
    if (this.#operations.length === 0 && this.#overlay.size === 0) return
    const confirmed = (id: NodeId) => this.#index.get(id)
    this.#overlay = foldOperations(this.#operations, confirmed, this.#trashedAt)
    this.#overlaidIn = new Map()
    for (const node of this.#overlay.values()) {
      const parents = new Set([node.parentId, this.#index.get(node.id)?.parentId ?? null])
      for (const parentId of parents) {
        if (parentId === null) continue
        const nodes = this.#overlaidIn.get(parentId)
        if (nodes) nodes.push(node)
        else this.#overlaidIn.set(parentId, [node])
      }
    }
  }

  #makeView(folderId: NodeId, scope: Scope): FolderView {
    const children = this.#index.children(folderId)
    const overlaid = this.#overlaidIn.get(folderId)
    const isComplete = this.isComplete(folderId, scope)
    if (!children && !overlaid) return isComplete ? { nodes: [], isComplete } : emptyView
    const confirmed = [
      ...(children?.folders.values() ?? []),
      ...(scope === 'all' ? (children?.files.values() ?? []) : []),
    ]
    if (!overlaid) return { nodes: confirmed, isComplete }
    const isHere = (node: Node) =>
      node.parentId === folderId &&
      node.trashedAt === null &&
      (scope === 'all' || node.kind === 'folder')
    const nodes = confirmed.filter(({ id }) => !this.#overlay.has(id))
    return { nodes: [...nodes, ...overlaid.filter(isHere)], isComplete }
  }
}
