import type { NodeId } from '@cloudsync/protocol'
import type { Trees } from '../model/entry.ts'
import type { Plan, PlanOptions } from '../model/plan.ts'
import { addContentSteps } from './content-steps.ts'
import { guardDeletions } from './deletion-guard.ts'
import { isSamePlace } from '../model/steady.ts'
import { listDifferences, type Fate, type NodeView } from './differences.ts'
import { findFates, isChanged, stays } from './fates.ts'
import { settleNames } from './names.ts'
import { findPairs, type Pairs } from './pairs.ts'
import { localPlacer, remotePlacer } from './place-steps.ts'
import { listPlacements } from './placements.ts'
import { PlanDraft } from './plan-draft.ts'
import { findReturns } from './returning.ts'
import type { Situation } from './situation.ts'
import { Targets } from './targets.ts'
import { findZones, type Zone } from './zones.ts'

/**
 * What there is to do for the three trees to become equal. Pure: the same trees and options, the same plan, whatever
 * the order in which the trees were filled. SPEC.md has its rules.
 */
export function plan(given: Trees, options: PlanOptions): Plan {
  const trees = withoutRoot(given, options.rootId)
  const zones = findZones(trees, options)
  const views = listDifferences(trees, zones.keys(), options.differing)
  if (views.size === 0) return { operations: [], held: [], waiting: new Map() }
  const fates = findFates(views, zones, trees, options)
  const targets = new Targets(trees, views, fates, options)
  const pairs = findPairs(views, fates, options)
  targets.settle(pairs)
  const returns = findReturns(views, fates, targets, options)
  const touched = listTouched(views, targets)
  const diskNames = settleNames(trees, fates, targets, touched, options.nameRules)
  const situation = { trees, options, views, fates, targets, returns, diskNames }
  const draft = new PlanDraft(fates.waiting)
  addBookkeeping(situation, pairs, zones, draft)
  addSteps(situation, zones, draft)
  return draft.finish()
}

/** The linked folder is no entry; were it one, it could lie below itself. */
function withoutRoot(trees: Trees, rootId: NodeId): Trees {
  const without = <E>(tree: ReadonlyMap<NodeId, E>): ReadonlyMap<NodeId, E> =>
    tree.has(rootId) ? new Map([...tree].filter(([id]) => id !== rootId)) : tree
  return {
    remote: without(trees.remote),
    local: without(trees.local),
    synced: without(trees.synced),
  }
}

function addSteps(situation: Situation, zones: ReadonlyMap<NodeId, Zone>, draft: PlanDraft): void {
  const placements = listPlacements(situation, draft)
  const remote = remotePlacer(situation, draft, placements, guard(situation, 'remote', draft))
  const local = localPlacer(
    situation,
    draft,
    placements,
    guard(situation, 'local', draft),
    listUnwanted(situation, zones, draft),
  )
  remote.place()
  local.place()
  addContentSteps(situation, draft)
  remote.removeRest()
  local.removeRest()
  // Where they come to lie the server says, so nothing of this plan may rely on a name that they could take.
  for (const [id, way] of situation.returns)
    if (way === 'restore') draft.add({ kind: 'restore-remote', id })
}

/** The folders in which a name may collide with another. */
function listTouched(views: ReadonlyMap<NodeId, NodeView>, targets: Targets): ReadonlySet<NodeId> {
  const touched = new Set<NodeId>()
  for (const { id, remote, local, fate } of views.values()) {
    const place = targets.at(id)
    if (!place || !stays(fate)) continue
    const isThere = remote && local && isSamePlace(remote, place) && isSamePlace(local, place)
    if (!isThere || local.diskName !== undefined) touched.add(place.parentId)
  }
  return touched
}

function guard(
  { trees, options, views }: Situation,
  side: 'remote' | 'local',
  draft: PlanDraft,
): ReadonlySet<NodeId> {
  const fate: Fate = side === 'remote' ? 'drop-remote' : 'drop-local'
  const drops = new Set<NodeId>()
  for (const view of views.values()) if (view.fate === fate) drops.add(view.id)
  const { allowed, held } = guardDeletions(side, trees, drops, options)
  if (held)
    draft.hold(
      held,
      [...drops].filter((id) => !allowed.has(id)),
    )
  return allowed
}

/** What lies on the disk as both sides had it, and is not wanted there. */
function listUnwanted(
  { views }: Situation,
  zones: ReadonlyMap<NodeId, Zone>,
  draft: PlanDraft,
): ReadonlySet<NodeId> {
  const unwanted = new Set<NodeId>()
  if (zones.size === 0) return unwanted
  for (const { id, local, synced } of views.values()) {
    if (!local || zones.get(id) !== 'unselected') continue
    if (synced && isSamePlace(local, synced) && !isChanged(local, synced)) unwanted.add(id)
    else draft.waiting.set(id, 'unselected-changed')
  }
  return unwanted
}

function addBookkeeping(
  { trees, views, fates, returns }: Situation,
  pairs: Pairs,
  zones: ReadonlyMap<NodeId, Zone>,
  draft: PlanDraft,
): void {
  for (const [id, as] of pairs.remoteIdOf) draft.add({ kind: 'adopt', id, as })
  for (const { id, remote, local, fate } of views.values()) {
    if (fates.mistaken.has(id)) draft.addLast({ kind: 'renew', id })
    const way = returns.get(id)
    if (way === 'renew') draft.addLast({ kind: 'renew', id })
    if (way === 'restore' || way === 'renew') draft.wait(id, 'next-plan')
    if (trees.synced.has(id) && isForgotten(fate, zones.get(id), remote, local))
      draft.addLast({ kind: 'forget', id })
  }
}

function isForgotten(
  fate: Fate | undefined,
  zone: Zone | undefined,
  remote: NodeView['remote'],
  local: NodeView['local'],
): boolean {
  switch (zone) {
    case undefined:
      return fate === 'gone'
    case 'unreadable':
      return false
    case 'ignored':
      return true
    case 'unselected':
      return !local
    case 'no-parent':
      return !remote && !local
  }
}
