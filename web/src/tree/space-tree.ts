import type { Node, NodeId, SpaceId } from '@cloudsync/protocol'
import type { SeenSpace } from '../access/seen-space.ts'
import type { ApiClient } from '../api/api-client.ts'
import { getNode, listAncestors, listChanges, listChildren, listSpaces } from '../api/endpoints.ts'
import { ChangeFollower } from './change-follower.ts'
import { FolderLister, type ListingState } from './folder-lister.ts'
import { TreeStore, type Scope } from './tree-store.ts'

/** What tells of changes while a space is looked at; the result ends it. */
export type Nudges = (
  space: { readonly id: SpaceId; readonly isMember: boolean },
  nudge: (seq: number | undefined) => void,
) => () => void

export type TreeSpace = Pick<SeenSpace, 'id' | 'rootId' | 'name' | 'seq'>

export interface SpaceTreeOptions {
  readonly api: ApiClient
  readonly space: TreeSpace
  readonly nudges: Nudges
  /** The trees of all spaces that are open on the page, this one among them. */
  readonly openTrees: () => readonly SpaceTree[]
}

/** The tree of one space on this page: its nodes, kept true while somebody looks, and changes to it. */
export class SpaceTree {
  readonly spaceId: SpaceId
  /** Undefined while this person is no member of the space. */
  rootId: NodeId | undefined
  readonly api: ApiClient
  readonly openTrees: SpaceTreeOptions['openTrees']
  /** Ends with the command that was given last: the next waits for it, and may build on what it makes. */
  lane: Promise<unknown> = Promise.resolve()
  /** Stands for the name of the root, which has none. It may change. */
  name: string
  readonly store = new TreeStore()
  readonly #nudges: Nudges
  readonly #follower: ChangeFollower
  readonly #lister: FolderLister
  readonly #listeners = new Set<() => void>()
  readonly #ancestorsOf = new Map<NodeId, Promise<void>>()
  #watchers = 0
  #endNudges: (() => void) | undefined

  constructor({ api, space, nudges, openTrees }: SpaceTreeOptions) {
    this.spaceId = space.id
    this.rootId = space.rootId
    this.name = space.name
    this.api = api
    this.#nudges = nudges
    this.openTrees = openTrees
    this.#follower = new ChangeFollower({
      cursor: space.seq,
      fetchChanges: (cursor) => listChanges(api, space.id, cursor),
      apply: (changes) => this.store.apply(changes),
      startOver: () => this.#startOver(),
    })
    this.#lister = new FolderLister({
      store: this.store,
      fetchPage: (folderId, scope, cursor, signal) =>
        listChildren(
          api,
          folderId,
          { cursor, kind: scope === 'folders' ? 'folder' : undefined },
          signal,
        ),
      seq: () => this.#follower.cursor,
      now: () => Date.now(),
      onChanged: () => this.#tell(),
    })
    this.store.subscribe(() => this.#tell())
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  listingState(folderId: NodeId, scope: Scope): ListingState {
    return this.#lister.stateOf(folderId, scope)
  }

  /** Reads a folder, and keeps the space true until the result is called. */
  watch(folderId: NodeId, scope: Scope): () => void {
    const endFollowing = this.follow()
    const endListing = this.#lister.watch(folderId, scope)
    return () => {
      endListing()
      endFollowing()
    }
  }

  /** Keeps what is known of the space true until the result is called. */
  follow(): () => void {
    if (this.#watchers++ === 0) {
      const space = { id: this.spaceId, isMember: this.rootId !== undefined }
      this.#endNudges = this.#nudges(space, (seq) => {
        if (seq !== undefined) this.#follower.nudge(seq)
        else void this.refresh()
      })
    }
    return () => {
      if (--this.#watchers === 0) this.#endNudges?.()
    }
  }

  /** Something may have changed. */
  refreshSoon = (): void => void this.refresh()

  /** Fetches what has changed, and lists again what could not be listed. */
  async refresh(): Promise<void> {
    await this.#follower.poke()
    this.#lister.refresh()
  }

  /** The folders above a node, the root first; only as far up as they are known. */
  ancestors(id: NodeId): readonly Node[] {
    const found: Node[] = []
    const seen = new Set<NodeId>([id])
    let parentId = this.store.node(id)?.parentId ?? null
    while (parentId !== null && !seen.has(parentId)) {
      seen.add(parentId)
      const parent = this.store.node(parentId)
      if (!parent) break
      found.unshift(parent)
      parentId = parent.parentId
    }
    return found
  }

  /** As a person calls it; the root goes by the name of its space. */
  nameOf(id: NodeId): string | undefined {
    return id === this.rootId ? this.name : this.store.node(id)?.name
  }

  /** Reads a node unless it is known. */
  async loadNode(id: NodeId): Promise<void> {
    if (!this.store.node(id)) this.store.put([await getNode(this.api, id)])
  }

  /** Reads what `ancestors` lacks. */
  async loadAncestors(id: NodeId): Promise<void> {
    const top = this.ancestors(id)[0] ?? this.store.node(id)
    if (top?.parentId === null) return
    const running = this.#ancestorsOf.get(id) ?? this.#readAncestors(id)
    this.#ancestorsOf.set(id, running)
    await running.finally(() => this.#ancestorsOf.delete(id))
  }

  async #readAncestors(id: NodeId): Promise<void> {
    this.store.put(await listAncestors(this.api, id))
  }

  async #startOver(): Promise<number> {
    const spaces = await listSpaces(this.api)
    const seq = spaces.find((space) => space.id === this.spaceId)?.seq ?? this.#follower.cursor
    this.store.markStale()
    this.#lister.refresh()
    return seq
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
