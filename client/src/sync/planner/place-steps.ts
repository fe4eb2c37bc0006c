import { nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf, type Entry, type LocalEntry } from '../model/entry.ts'
import type { Placements } from './placements.ts'
import type { PlanDraft } from './plan-draft.ts'
import { SidePlacer } from './side-placer.ts'
import type { Situation } from './situation.ts'
import { isTemporaryName, temporaryName } from './temporary-name.ts'

/** Puts down what has to be done on the server. */
export function remotePlacer(
  { trees, options }: Situation,
  draft: PlanDraft,
  { remote: placements }: Placements,
  removable: ReadonlySet<NodeId>,
): SidePlacer {
  const seqOf = (id: NodeId): number => trees.remote.get(id)?.seq ?? 0
  return new SidePlacer(
    {
      rootId: options.rootId,
      entries: () => trees.remote.values(),
      find: (id) => trees.remote.get(id),
      slotKey: (_id, name) => nameKey(name),
      temporaryName: (id) => temporaryName(id, options.deviceTag ?? ''),
      create(id, { parentId, name }) {
        const local = trees.local.get(id)
        const content = local?.content ?? null
        if (local?.kind === 'folder')
          draft.add({ kind: 'create-remote-folder', id, parentId, name })
        else if (content !== null)
          draft.add({ kind: 'upload-new', id, parentId, name, localContent: content })
      },
      move: (id, { parentId, name }, seen) =>
        draft.add({ kind: 'move-remote', id, parentId, name, seen }),
      remove: (id, below) =>
        draft.add({
          kind: 'trash-remote',
          id,
          seq: seqOf(id),
          below: below.map((each) => ({ id: each, seq: seqOf(each) })),
        }),
      hold: (id) => draft.wait(id, 'next-plan'),
    },
    placements,
    removable,
  )
}

/** Puts down what has to be done on the disk. `unwanted` is dehydrated, anything else that goes is trashed. */
export function localPlacer(
  { trees, options, targets }: Situation,
  draft: PlanDraft,
  { local: placements }: Placements,
  trashed: ReadonlySet<NodeId>,
  unwanted: ReadonlySet<NodeId>,
): SidePlacer {
  const key = options.nameRules?.key ?? ((name: string) => name)
  const named = (id: NodeId, diskName: string): { name: string; diskName?: string } => {
    const name = isTemporaryName(diskName, id) ? diskName : (targets.at(id)?.name ?? diskName)
    return name === diskName ? { name } : { name, diskName }
  }
  const shared = (local: LocalEntry): Pick<Entry, 'id' | 'parentId' | 'name' | 'kind'> => {
    const id = targets.sharedId(local.id)
    const parentId = targets.sharedId(local.parentId)
    const name = diskNameOf(local)
    const isSame = id === local.id && parentId === local.parentId && name === local.name
    return isSame ? local : { id, parentId, name, kind: local.kind }
  }
  return new SidePlacer(
    {
      rootId: options.rootId,
      entries: () => trees.local.values().map(shared),
      find(id) {
        const local = trees.local.get(targets.localId(id))
        return local && targets.sharedId(local.id) === id ? shared(local) : undefined
      },
      slotKey: (_id, name) => key(name),
      temporaryName: (id) => temporaryName(id, options.deviceTag ?? ''),
      create(id, { parentId, name }) {
        const remote = trees.remote.get(id)
        const at = { id, parentId, ...named(id, name) }
        if (remote?.kind === 'folder') draft.add({ kind: 'create-local-folder', ...at })
        else if (remote && remote.content !== null)
          draft.add({
            kind: 'download',
            ...at,
            remoteContent: remote.content,
            localBase: null,
          })
      },
      move(id, { parentId, name }, seen) {
        const local = trees.local.get(id)
        draft.add({
          kind: 'move-local',
          id,
          parentId,
          ...named(id, name),
          seen: { parentId: seen.parentId, name: sharedName(local, seen.name) },
        })
      },
      remove: (id, below) =>
        draft.add({ kind: unwanted.has(id) ? 'dehydrate' : 'trash-local', id, below }),
      hold: (id) => draft.wait(id, 'next-plan'),
    },
    placements,
    new Set([...trashed, ...unwanted]),
  )
}

function sharedName(local: LocalEntry | undefined, diskName: string): string {
  return local && diskNameOf(local) === diskName ? local.name : diskName
}
