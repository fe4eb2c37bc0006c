import { findNameFault } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { Entry, LocalEntry, RemoteEntry, SyncedEntry, Trees } from '../model/entry.ts'
import type { PlanOptions } from '../model/plan.ts'
import type { NodeView } from './differences.ts'
import { keepParents, stays, type Fates } from './fates.ts'
import type { Pairs } from './pairs.ts'
import { isTemporaryName, temporaryName } from './temporary-name.ts'

export type Place = Pick<Entry, 'parentId' | 'name'>

/** Where each node that stays is going to lie, on both sides. */
export class Targets {
  readonly #trees: Trees
  readonly #views: ReadonlyMap<NodeId, NodeView>
  readonly #fates: Fates
  readonly #options: PlanOptions
  /** Where that is not where the server has it, nor where the disk alone has it. */
  readonly #places = new Map<NodeId, Place>()
  /** On the disk alone, and nothing may be concluded of it yet. */
  readonly #unplaced = new Set<NodeId>()
  #pairs: Pairs = { remoteIdOf: new Map(), localIdOf: new Map() }

  constructor(
    trees: Trees,
    views: ReadonlyMap<NodeId, NodeView>,
    fates: Fates,
    options: PlanOptions,
  ) {
    this.#trees = trees
    this.#views = views
    this.#fates = fates
    this.#options = options
    this.#merge()
    this.#keepParents()
  }

  /** Takes the pairs in. Then no node lies in itself, and what others lie in stays. */
  settle(pairs: Pairs): void {
    this.#pairs = pairs
    this.#merge()
    this.#keepParents()
    while (this.#breakCircles()) this.#keepParents()
  }

  /** Of a node that stays. */
  at(id: NodeId): Place | undefined {
    return this.#places.get(id) ?? this.#trees.remote.get(id) ?? this.#ownPlace(id)
  }

  rename(id: NodeId, name: string): void {
    const place = this.at(id)
    if (place) this.#places.set(id, { parentId: place.parentId, name })
  }

  /** Whether the server takes something new in that folder from the caller. */
  mayMakeIn(start: NodeId): boolean {
    let id = start
    for (;;) {
      if (id === this.#options.rootId) return this.#options.canEditRoot ?? true
      const remote = this.#trees.remote.get(id) ?? this.#remoteOfPair(id)
      if (remote) return remote.canEdit
      const local = this.#trees.local.get(id)
      if (!local) return false
      id = local.parentId
    }
  }

  /** The id under which both sides know a folder of the disk. */
  sharedId(localId: NodeId): NodeId {
    return this.#pairs.remoteIdOf.get(localId) ?? localId
  }

  /** The id under which the disk knows what both sides know under `sharedId`. */
  localId(sharedId: NodeId): NodeId {
    return this.#pairs.localIdOf.get(sharedId) ?? sharedId
  }

  /** Nearly all that is new is to lie where it lies, and needs no place of its own here. */
  #ownPlace(id: NodeId): Place | undefined {
    return this.#unplaced.has(id) ? undefined : this.#views.get(id)?.local
  }

  #remoteOfPair(id: NodeId): RemoteEntry | undefined {
    const remoteId = this.#pairs.remoteIdOf.get(id)
    return remoteId === undefined ? undefined : this.#trees.remote.get(remoteId)
  }

  #keepParents(): void {
    keepParents(this.#trees, this.#fates, (id) => this.at(id)?.parentId)
  }

  #merge(): void {
    this.#places.clear()
    this.#unplaced.clear()
    for (const { id, remote, local, synced } of this.#views.values()) {
      if (!local) continue
      if (this.#fates.waiting.has(id)) {
        if (!remote) this.#unplaced.add(id)
      } else if (!remote) {
        const name = synced && isTemporaryName(local.name, id) ? synced.name : local.name
        this.#put(id, local, this.sharedId(local.parentId), name)
      } else if (remote.canEdit && synced) {
        const { parentId, name } = this.#mergePlaces(remote, local, synced)
        this.#put(id, remote, parentId, name)
      }
    }
  }

  #put(id: NodeId, known: Place, parentId: NodeId, name: string): void {
    if (known.parentId !== parentId || known.name !== name) this.#places.set(id, { parentId, name })
  }

  /** Folder and name each by themselves. Where both sides changed one, the server's stands. */
  #mergePlaces(remote: RemoteEntry, local: LocalEntry, synced: SyncedEntry): Place {
    const isMovedHere =
      local.parentId !== synced.parentId &&
      remote.parentId === synced.parentId &&
      this.mayMakeIn(local.parentId)
    return {
      parentId: isMovedHere ? this.sharedId(local.parentId) : remote.parentId,
      name: mergeNames(remote, local, synced, this.#options.deviceTag ?? ''),
    }
  }

  /** Gives a move of this disk up where it and one of the server would put a node into itself. */
  #breakCircles(): boolean {
    let hasBroken = false
    const safe = new Set<NodeId>()
    for (const start of this.#views.keys()) {
      for (let circle = this.#climb(start, safe); circle; circle = this.#climb(start, safe)) {
        hasBroken = true
        this.#giveUpMove(circle)
      }
    }
    return hasBroken
  }

  /** Marks what lies above as safe, or gives the circle that it ends in. */
  #climb(start: NodeId, safe: Set<NodeId>): readonly NodeId[] | undefined {
    // As it is for nearly all: what it lies in was gone through before.
    const above = this.at(start)?.parentId
    if (above === this.#options.rootId || (above !== undefined && safe.has(above))) return undefined
    const path = new Set<NodeId>()
    let id = start
    while (id !== this.#options.rootId && !safe.has(id)) {
      if (path.has(id)) {
        const list = [...path]
        return list.slice(list.indexOf(id))
      }
      path.add(id)
      if (!stays(this.#fates.of(id))) break
      const place = this.at(id)
      if (!place) break
      id = place.parentId
    }
    for (const each of path) safe.add(each)
    return undefined
  }

  #giveUpMove(circle: readonly NodeId[]): void {
    const candidates = [...circle].sort()
    for (const id of candidates) {
      const place = this.#places.get(id)
      const remote = this.#trees.remote.get(id)
      if (!place || !remote || place.parentId === remote.parentId) continue
      this.#places.set(id, { parentId: remote.parentId, name: place.name })
      return
    }
    // Neither tree by itself has a circle, so one edge of it is a move of this disk.
    throw new Error(`A circle of nodes that nobody moved: ${candidates.join(', ')}`)
  }
}

function mergeNames(
  remote: RemoteEntry,
  local: LocalEntry,
  synced: SyncedEntry,
  deviceTag: string,
): string {
  const isRenamedHere =
    local.name !== synced.name &&
    !isTemporaryName(local.name, local.id) &&
    findNameFault(local.name) === undefined
  if (remote.name === synced.name) return isRenamedHere ? local.name : remote.name
  if (!isTemporaryName(remote.name, remote.id)) return remote.name
  if (isRenamedHere) return local.name
  // Of one's own, left by a crash, or of another client, which is about to rename it.
  return remote.name === temporaryName(remote.id, deviceTag) ? synced.name : remote.name
}
