import type {
  ChildChange,
  ChildKind,
  FolderChild,
  FolderDelta,
  FolderEdit,
} from './folder-document.ts'
import { childIdOf } from './folder-document.ts'
import type { FolderReplica } from './folder-replica.ts'
import { claimNames, type NameClaim } from './claim-names.ts'
import { findNameFault } from './node-name.ts'
import { sanitizeName } from './sanitize-name.ts'

/** What is known of an id that a folder did not list before. */
export type KnownNode =
  /** It lives in another folder. */
  | { readonly state: 'elsewhere' }
  /** It is gone for good. */
  | { readonly state: 'purged' }
  /** It may come back, as what it was. */
  | { readonly state: 'removed'; readonly kind: ChildKind }

export interface FolderRights {
  readonly create: boolean
  /** On top of `create`, for folders that are new. */
  readonly createFolders: boolean
  /** Of a child that was removed, on top of `create`: whether it may come back. */
  readonly restore: (id: string) => boolean
  readonly rename: (id: string) => boolean
  readonly remove: (id: string) => boolean
}

export interface FolderJudgement {
  /** As the update has left it. */
  readonly folder: FolderReplica
  /** What the update did. */
  readonly delta: FolderDelta
  /** Of `broughtIds(delta)`; those that nobody has ever heard of are absent. */
  readonly known: ReadonlyMap<string, KnownNode>
  /** What whoever sent the update may do. */
  readonly may: FolderRights
}

/** The ids that an update lists and that the folder did not list before. */
export function broughtIds(delta: FolderDelta): string[] {
  return delta.changes.flatMap(({ id, before, after }) => (!before && after ? [id] : []))
}

/**
 * The edits after which the folder obeys its rules again ([FJ1] and following in SPEC.md), in the order
 * of the ids; none for an update that breaks no rule. They are final: judged with the same rights, update
 * and edits together need no further edit. Takes steps in proportion to what the update changed.
 */
export function judgeFolder(judgement: FolderJudgement): FolderEdit[] {
  const { folder, delta } = judgement
  const changes = [...delta.changes].sort((a, b) => (a.id < b.id ? -1 : 1))
  const settled = settleChildren(judgement, changes)
  const names = claimNames(
    folder,
    new Set(changes.map(({ id }) => id)),
    nameClaims(changes, settled),
  )
  const edits: FolderEdit[] = []
  for (const { id, after } of changes) {
    const child = settled.get(id)
    const name = names.get(id)
    if (child === undefined || name === undefined) {
      if (after) edits.push({ type: 'remove', id })
    } else if (child.kind !== after?.kind || name !== after.name) {
      edits.push({ type: 'put', id, name, kind: child.kind })
    }
  }
  for (const key of [...delta.strayKeys].sort())
    if (!settled.has(childIdOf(key) ?? '')) edits.push({ type: 'drop_key', key })
  return edits
}

/** The changed children that are to be there, each as it should be if no other child had its name. */
function settleChildren(
  { delta, known, may }: FolderJudgement,
  changes: readonly ChildChange[],
): Map<string, FolderChild> {
  const defaced = new Set(delta.strayKeys.map(childIdOf))
  const settled = new Map<string, FolderChild>()
  for (const { id, before, after } of changes) {
    const child = before
      ? settlePresent(id, { before, after }, may, defaced.has(id))
      : after && settleNew(id, after, known.get(id), may)
    if (child) settled.set(id, child)
  }
  return settled
}

/** A child that was there: it may be renamed and removed, and nothing else. */
function settlePresent(
  id: string,
  { before, after }: { readonly before: FolderChild; readonly after: FolderChild | undefined },
  may: FolderRights,
  isDefaced: boolean,
): FolderChild | undefined {
  if (!after) return !isDefaced && may.remove(id) ? undefined : before
  if (!may.rename(id) || findNameFault(after.name) !== undefined) return before
  return { name: after.name, kind: before.kind }
}

function settleNew(
  id: string,
  { name, kind }: FolderChild,
  known: KnownNode | undefined,
  may: FolderRights,
): FolderChild | undefined {
  if (!may.create) return undefined
  switch (known?.state) {
    case 'elsewhere':
    case 'purged':
      return undefined
    case 'removed':
      if (!may.restore(id)) return undefined
      return { name: sanitizeName(name), kind: known.kind }
    case undefined:
      // The bytes of a blob come only by an upload, which lists it itself.
      return kind === 'blob' || (kind === 'folder' && !may.createFolders)
        ? undefined
        : { name: sanitizeName(name), kind }
  }
}

function nameClaims(
  changes: readonly ChildChange[],
  settled: ReadonlyMap<string, FolderChild>,
): NameClaim[] {
  return changes.flatMap(({ id, before, after }) => {
    const name = settled.get(id)?.name
    if (name === undefined) return []
    return [{ id, name, heldName: before?.name, isAsked: name === after?.name }]
  })
}
