import { freeName, nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf, type LocalEntry, type RemoteEntry, type SyncedEntry } from '../model/entry.ts'
import { contentStep } from './contents.ts'
import { isSamePlace } from '../model/steady.ts'
import { modeStep } from '../model/modes.ts'
import type { PlanDraft } from './plan-draft.ts'
import type { Situation } from './situation.ts'

/** Puts down what moves content and modes, and what both sides agree on. */
export function addContentSteps(situation: Situation, draft: PlanDraft): void {
  let namesIn: ((parentId: NodeId) => Set<string>) | undefined
  for (const { id, remote, local, synced, fate } of situation.views.values()) {
    if (!remote || !local || fate !== 'both') continue
    const step = contentStep(remote, local, synced)
    switch (step) {
      case 'equal':
        break
      case 'unread':
        draft.wait(id, 'unread')
        break
      case 'merge-text':
        draft.add({ kind: 'merge-text', id })
        break
      case 'upload-change':
        if (local.content !== null && synced?.remoteContent != null)
          draft.add({
            kind: 'upload-change',
            id,
            localContent: local.content,
            remoteBase: synced.remoteContent,
          })
        break
      case 'download':
        addDownload(situation, draft, remote, local)
        break
      case 'keep-copy':
        namesIn ??= indexNames(situation)
        addCopy(situation, draft, local, namesIn(situation.targets.sharedId(local.parentId)))
        break
      default:
        step satisfies never
    }
    // What is kept aside gets another id, and with it the mode.
    const mode =
      step === 'keep-copy' || step === 'unread' ? 'equal' : modeStep(remote, local, synced)
    if (mode === 'mode-remote') draft.add({ kind: mode, id, isExecutable: !remote.isExecutable })
    if (mode === 'mode-local')
      draft.add({ kind: mode, id, isExecutable: remote.isExecutable === true })
    const recorded = situation.trees.synced.get(id)
    addSettlement(draft, { remote, local, recorded, synced }, step === 'equal')
  }
}

function addDownload(
  { targets, diskNames }: Situation,
  draft: PlanDraft,
  remote: RemoteEntry,
  local: LocalEntry,
): void {
  const { id } = remote
  if (remote.content === null) return
  const place = targets.at(id) ?? remote
  const isThere = local.name === place.name
  const diskName = diskNames.get(id) ?? (isThere ? local.diskName : undefined)
  draft.add({
    kind: 'download',
    id,
    parentId: place.parentId,
    name: place.name,
    ...(diskName !== undefined && diskName !== place.name && { diskName }),
    remoteContent: remote.content,
    localBase: local.content,
  })
}

function addCopy(
  { targets }: Situation,
  draft: PlanDraft,
  local: LocalEntry,
  names: Set<string>,
): void {
  if (local.content === null) return
  const parentId = targets.sharedId(local.parentId)
  const name = freeName(diskNameOf(local), (candidate) => names.has(nameKey(candidate)))
  names.add(nameKey(name))
  draft.add({
    kind: 'keep-copy',
    id: local.id,
    parentId,
    name,
    localContent: local.content,
    seen: { parentId, name: local.name },
  })
}

/** Keys of all names that are in a folder on a side, or are going to be. */
function indexNames({ trees, targets, diskNames }: Situation): (parentId: NodeId) => Set<string> {
  const names = new Map<NodeId, Set<string>>()
  const namesIn = (parentId: NodeId): Set<string> => {
    let found = names.get(parentId)
    if (!found) names.set(parentId, (found = new Set()))
    return found
  }
  const addTarget = (id: NodeId): void => {
    const place = targets.at(id)
    if (!place) return
    const siblings = namesIn(place.parentId)
    siblings.add(nameKey(place.name))
    const diskName = diskNames.get(id)
    if (diskName !== undefined) siblings.add(nameKey(diskName))
  }
  for (const { id, parentId, name } of trees.remote.values()) {
    namesIn(parentId).add(nameKey(name))
    addTarget(id)
  }
  for (const { id, parentId, name, diskName } of trees.local.values()) {
    const siblings = namesIn(targets.sharedId(parentId))
    siblings.add(nameKey(name))
    if (diskName !== undefined) siblings.add(nameKey(diskName))
    addTarget(id)
  }
  return namesIn
}

/** A place is agreed on as soon as both sides have it, so that the next move of it is seen as one. */
function addSettlement(
  draft: PlanDraft,
  {
    remote,
    local,
    recorded,
    synced,
  }: {
    readonly remote: RemoteEntry
    readonly local: LocalEntry
    readonly recorded: SyncedEntry | undefined
    readonly synced: SyncedEntry | undefined
  },
  hasEqualContent: boolean,
): void {
  if (!isSamePlace(remote, local)) return
  if (!synced && !hasEqualContent) return
  const { id, parentId, name, kind } = remote
  const contents =
    hasEqualContent || !synced
      ? { localContent: local.content, remoteContent: remote.content }
      : { localContent: synced.localContent, remoteContent: synced.remoteContent }
  const isExecutable =
    modeStep(remote, local, synced) === 'equal'
      ? (remote.isExecutable ?? synced?.isExecutable)
      : synced?.isExecutable
  const isRecorded =
    recorded?.kind === kind &&
    isSamePlace(recorded, remote) &&
    recorded.localContent === contents.localContent &&
    recorded.remoteContent === contents.remoteContent &&
    recorded.isExecutable === isExecutable
  if (isRecorded) return
  const mode = isExecutable === undefined ? {} : { isExecutable }
  draft.add({ kind: 'settle', id, synced: { id, parentId, name, kind, ...contents, ...mode } })
}
