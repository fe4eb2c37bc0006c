import { findNameFault, freeName, nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf, type LocalEntry, type Trees } from '../model/entry.ts'
import type { NameRules } from '../model/plan.ts'
import { stays, isDrop, type Fates } from './fates.ts'
import type { Place, Targets } from './targets.ts'

/** What lies in a folder, or is going to. */
interface Folder {
  /** By who keeps a name that several want: on the server under it already, known to both, or new. */
  readonly members: readonly [NodeId[], NodeId[], NodeId[]]
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
    for (const ids of folder.members) ids.sort()
    settleSharedNames(targets, folder)
    if (rules) settleDiskNames(trees, targets, parentId, folder, rules, diskNames)
  }
  return diskNames
}

function settleSharedNames(targets: Targets, folder: Folder): void {
  const nameOf = (id: NodeId): string => targets.at(id)?.name ?? ''
  const taken = new Set(folder.takenRemotely)
  let wanted: Set<string> | undefined
  for (const [rank, ids] of folder.members.entries())
    for (const id of ids) {
      const name = nameOf(id)
      const key = nameKey(name)
      const isTaken = taken.has(key) || (rank !== 0 && folder.takenLocally.has(key))
      if (!isTaken) {
        taken.add(key)
      } else if (findNameFault(name) === undefined) {
        wanted ??= new Set([
          ...folder.members.flat().map((each) => nameKey(nameOf(each))),
          ...folder.takenRemotely,
          ...folder.takenLocally,
        ])
        const isWanted = (key: string): boolean => wanted?.has(key) ?? false
        const free = freeName(name, (candidate) => isWanted(nameKey(candidate)))
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
  const nameOf = (id: NodeId): string => targets.at(id)?.name ?? ''
  const there: LocalEntry[] = []
  const others: NodeId[] = []
  for (const ids of folder.members)
    for (const id of ids) {
      const local = trees.local.get(id)
      const isThere = local?.name === nameOf(id) && targets.sharedId(local.parentId) === parentId
      if (isThere) there.push(local)
      else others.push(id)
    }
  const otherwise = there.filter(({ diskName }) => diskName !== undefined)
  if (others.length + otherwise.length === 0) return
  const taken = new Set(folder.takenOnDisk.map(rules.key))
  for (const local of there) taken.add(rules.key(diskNameOf(local)))
  for (const { id, name, diskName } of otherwise) {
    const own = rules.toDisk(name)
    const isFree = !taken.has(rules.key(own))
    if (isFree) taken.add(rules.key(own))
    diskNames.set(id, isFree ? own : (diskName ?? own))
  }
  for (const id of others) {
    const name = nameOf(id)
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
      members: [[], [], []],
      takenRemotely: new Set(),
      takenLocally: new Set(),
      takenOnDisk: [],
    })
  const join = (id: NodeId, now: Place): void => {
    const place = targets.at(id) ?? now
    folders.get(place.parentId)?.members[rankOf(trees, place, id)].push(id)
  }
  for (const remote of trees.remote.values()) {
    const { id, parentId, name } = remote
    const fate = fates.of(id)
    if (stays(fate)) join(id, remote)
    else if (!isDrop(fate)) folders.get(parentId)?.takenRemotely.add(nameKey(name))
  }
  for (const local of trees.local.values()) {
    const { id, parentId, name } = local
    const fate = fates.of(id)
    const isMember = stays(fate) && !trees.remote.has(id)
    if (isMember) join(id, local)
    if (stays(fate) || isDrop(fate)) continue
    const folder = folders.get(targets.sharedId(parentId))
    folder?.takenLocally.add(nameKey(name))
    folder?.takenOnDisk.push(diskNameOf(local))
  }
  return folders
}

function rankOf(trees: Trees, { parentId, name }: Place, id: NodeId): 0 | 1 | 2 {
  const remote = trees.remote.get(id)
  const isThere =
    remote?.parentId === parentId &&
    (remote.name === name || nameKey(remote.name) === nameKey(name))
  if (isThere) return 0
  return trees.synced.has(id) ? 1 : 2
}
