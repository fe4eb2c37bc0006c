import { findNameFault } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf } from '../model/entry.ts'
import { isSamePlace } from '../model/steady.ts'
import type { NodeView } from './differences.ts'
import type { PlanDraft } from './plan-draft.ts'
import type { Placement } from './side-placer.ts'
import type { Situation } from './situation.ts'
import { isTemporaryName } from './temporary-name.ts'
import { contentStep } from './contents.ts'
import type { Place } from './targets.ts'

/** What has to be made or moved on each side. On the local one the name is that of the disk. */
export interface Placements {
  readonly remote: readonly Placement[]
  readonly local: readonly Placement[]
}

export function listPlacements(situation: Situation, draft: PlanDraft): Placements {
  const remote: Placement[] = []
  const local: Placement[] = []
  const depthOf = depths(situation)
  for (const view of situation.views.values()) {
    const place = situation.targets.at(view.id)
    const kind = (view.remote ?? view.local)?.kind
    if (!place || kind === undefined) continue
    const { id } = view
    const depth = depthOf(id)
    const remotePlace = placeRemotely(situation, draft, view, place)
    if (remotePlace) remote.push({ id, kind, depth, place: remotePlace })
    const localPlace = placeLocally(situation, draft, view, place)
    if (localPlace) local.push({ id, kind, depth, place: localPlace })
  }
  return { remote, local }
}

function placeRemotely(
  { returns }: Situation,
  draft: PlanDraft,
  { id, remote, local, fate }: NodeView,
  place: Place,
): Place | undefined {
  if (fate === 'both' && remote)
    return remote.canEdit && !isSamePlace(remote, place) ? place : undefined
  if (fate !== 'to-remote' || !local) return undefined
  const way = returns.get(id)
  if (way === 'read-only' || way === 'next-plan') draft.wait(id, way)
  if (way !== undefined) return undefined
  if (findNameFault(place.name) !== undefined) draft.wait(id, 'name-refused')
  else if (local.kind !== 'folder' && local.content === null) draft.wait(id, 'unread')
  else return place
  return undefined
}

function placeLocally(
  { diskNames, targets }: Situation,
  draft: PlanDraft,
  view: NodeView,
  place: Place,
): Place | undefined {
  const { id, local, fate } = view
  const diskName = diskNames.get(id)
  if (fate === 'to-local')
    return diskName === undefined ? place : { parentId: place.parentId, name: diskName }
  if ((fate !== 'both' && fate !== 'to-remote') || !local) return undefined
  if (isTemporaryName(place.name, id) && local.name !== place.name) {
    draft.wait(id, 'in-transit')
    return undefined
  }
  if (keepsRefusedName(view, place)) {
    draft.wait(id, 'name-refused')
    return undefined
  }
  if (isKeptAside(view)) return undefined
  const isThere = targets.sharedId(local.parentId) === place.parentId && local.name === place.name
  const wanted = diskName ?? (isThere ? diskNameOf(local) : place.name)
  if (isThere && wanted === diskNameOf(local)) return undefined
  return { parentId: place.parentId, name: wanted }
}

/** Somebody gave it a name here that the server does not take: it is theirs to change. */
function keepsRefusedName({ remote, local, synced }: NodeView, place: Place): boolean {
  return (
    remote !== undefined &&
    local !== undefined &&
    synced !== undefined &&
    local.name !== synced.name &&
    remote.name === synced.name &&
    place.name === remote.name &&
    findNameFault(local.name) !== undefined
  )
}

function isKeptAside({ remote, local, synced }: NodeView): boolean {
  return remote && local ? contentStep(remote, local, synced) === 'keep-copy' : false
}

function depths({ targets, options }: Situation): (id: NodeId) => number {
  const known = new Map<NodeId, number>([[options.rootId, 0]])
  return (start) => {
    // As it is for nearly all.
    const above = targets.at(start)?.parentId
    const depthAbove = above === undefined ? undefined : known.get(above)
    if (depthAbove !== undefined) return known.get(start) ?? depthAbove + 1
    const path: NodeId[] = []
    const seen = new Set<NodeId>()
    let at: NodeId | undefined = start
    while (at !== undefined && !known.has(at) && !seen.has(at)) {
      path.push(at)
      seen.add(at)
      at = targets.at(at)?.parentId
    }
    let depth = at === undefined ? 0 : (known.get(at) ?? 0)
    for (const id of path.reverse()) known.set(id, ++depth)
    return known.get(start) ?? 0
  }
}
