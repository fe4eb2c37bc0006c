import { findNameFault, freeName, nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf, type Trees } from '../model/entry.ts'
import type { NameRules } from '../model/plan.ts'
import { stays, isDrop, type Fates } from './fates.ts'
import type { Targets } from './targets.ts'

/** What lies in a folder, or is going to. */
interface Folder {
  readonly members: NodeId[]
  /** Keys of names that others have and keep: they are not for this plan to move. */
  readonly takenRemotely: Set<string>
  readonly takenLocally: Set<string>
  readonly takenOnDisk: string[]
}

/**
 * Gives each node of the touched folders a name of its own: who has a name on the server keeps it, the later one is
 * called `name (2).ext`. Returns what the disk calls those whose name it cannot hold.
 */
export function settleNames(
  trees: Trees,
  fates: Fates,
  targets: Targets,
  touched: ReadonlySet<NodeId>,
  rules: NameRules | undefined,
): ReadonlyMap<NodeId, string> {
  const diskNames = new Map<NodeId, string>()
  if (touched.size === 0) return diskNames
  for (const [parentId, folder] of listFolders(trees, fates, targets, touched)) {
    const ranks = new Map(folder.members.map((id) => [id, rankOf(trees, targets, id)]))
    folder.members.sort(
      (one, other) => (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0) || (one < other ? -1 : 1),
    )
    settleSharedNames(targets, folder, ranks)
    if (rules) settleDiskNames(trees, targets, parentId, folder, rules, diskNames)
  }
  return diskNames
}

/** On the server under this name already, known to both, or new. */
function rankOf(trees: Trees, targets: Targets, id: NodeId): 0 | 1 | 2 {
  const place = targets.at(id)
  const remote = trees.remote.get(id)
  if (place && remote?.parentId === place.parentId && nameKey(remote.name) === nameKey(place.name))
    return 0
  return trees.synced.has(id) ? 1 : 2
}

function settleSharedNames(
  targets: Targets,
  folder: Folder,
  ranks: ReadonlyMap<NodeId, number>,
): void {
  const keyOf = (id: NodeId): string => nameKey(targets.at(id)?.name ?? '')
  const wanted = new Set([
    ...folder.members.map(keyOf),
    ...folder.takenRemotely,
    ...folder.takenLocally,
  ])
  const taken = new Set(folder.takenRemotely)
  for (const id of folder.members) {
    const name = targets.at(id)?.name ?? ''
    const key = nameKey(name)
    const isTaken = taken.has(key) || (ranks.get(id) !== 0 && folder.takenLocally.has(key))
    if (!isTaken) {
      taken.add(key)
    } else if (findNameFault(name) === undefined) {
      const free = freeName(name, (candidate) => wanted.has(nameKey(candidate)))
      wanted.add(nameKey(free))
      taken.add(nameKey(free))
      targets.rename(id, free)
    }
  }
}

/** What lies on the disk stays called as it is, unless its own name has become free there. */
function settleDiskNames(
  trees: Trees,
  targets: Targets,
  parentId: NodeId,
  folder: Folder,
  rules: NameRules,
  diskNames: Map<NodeId, string>,
): void {
  const taken = new Set(folder.takenOnDisk.map(rules.key))
  const others: [NodeId, string][] = []
  const otherwise: { id: NodeId; name: string; diskName: string }[] = []
  for (const id of folder.members) {
    const local = trees.local.get(id)
    const name = targets.at(id)?.name ?? ''
    const isThere = local?.name === name && targets.sharedId(local.parentId) === parentId
    if (!isThere) others.push([id, name])
    else taken.add(rules.key(diskNameOf(local)))
    if (isThere && local.diskName !== undefined)
      otherwise.push({ id, name, diskName: local.diskName })
  }
  for (const { id, name, diskName } of otherwise) {
    const own = rules.toDisk(name)
    const isFree = !taken.has(rules.key(own))
    if (isFree) taken.add(rules.key(own))
    diskNames.set(id, isFree ? own : diskName)
  }
  for (const [id, name] of others) {
    const diskName = freeName(rules.toDisk(name), (candidate) => taken.has(rules.key(candidate)))
    taken.add(rules.key(diskName))
    if (diskName !== name) diskNames.set(id, diskName)
  }
}

function listFolders(
  trees: Trees,
  fates: Fates,
  targets: Targets,
  touched: ReadonlySet<NodeId>,
): ReadonlyMap<NodeId, Folder> {
  const folders = new Map<NodeId, Folder>()
  for (const id of touched)
    folders.set(id, {
      members: [],
      takenRemotely: new Set(),
      takenLocally: new Set(),
      takenOnDisk: [],
    })
  for (const [id, { parentId, name }] of trees.remote) {
    const fate = fates.of.get(id)
    if (stays(fate)) folders.get(targets.at(id)?.parentId ?? parentId)?.members.push(id)
    else if (!isDrop(fate)) folders.get(parentId)?.takenRemotely.add(nameKey(name))
  }
  for (const [id, { parentId, name, diskName }] of trees.local) {
    const fate = fates.of.get(id)
    const isMember = stays(fate) && !trees.remote.has(id)
    if (isMember) folders.get(targets.at(id)?.parentId ?? parentId)?.members.push(id)
    if (stays(fate) || isDrop(fate)) continue
    const folder = folders.get(targets.sharedId(parentId))
    folder?.takenLocally.add(nameKey(name))
    folder?.takenOnDisk.push(diskName ?? name)
  }
  return folders
}
