import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry, RemoteEntry, SyncedEntry } from '../model/entry.ts'
import type { DiskPath, RemoteOutcome, World } from '../ports.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import type { SyncStore } from '../store/sync-store.ts'
import type { DiskGate } from './disk-gate.ts'
import { newerEntry } from './observe-remote.ts'
import { operationId } from './operation-id.ts'
import { RefusedError, StaleError } from './step-failures.ts'
import type { Transfers } from './transfers.ts'

/** What the steps of a plan work with. */
export interface StepContext {
  readonly world: World
  readonly store: SyncStore
  readonly rootId: NodeId
  /** Of this link alone; part of the ids of its operations. */
  readonly linkId: string
  readonly gate: DiskGate
  readonly transfers: Transfers
  /** Texts of which it is known whether what was to be written into the file is in it. */
  readonly certainTexts: Set<NodeId>
  /** What of a folder is not synced because a rule says so, by its names. */
  readonly ignoredIn: (folder: DiskPath) => ReadonlySet<string>
  /** What is called so on the disk of this folder must be looked at again. */
  readonly suspect: (folder: DiskPath) => void
}

export interface LocalFile {
  readonly entry: LocalEntry
  readonly path: DiskPath
}

/** Throws `StaleError` where it is not in the local tree. */
export function localFile(context: StepContext, id: NodeId): LocalFile {
  const entry = context.store.trees.local.get(id)
  const path = entry && diskPathOf(context, id)
  if (!entry || !path) throw new StaleError('it is not on the disk any more')
  return { entry, path }
}

/** Where a local entry lies; `undefined` where the tree does not lead to it. */
export function diskPathOf(
  { store, rootId }: Pick<StepContext, 'store' | 'rootId'>,
  id: NodeId,
): DiskPath | undefined {
  const names: string[] = []
  for (let at = id; at !== rootId;) {
    const entry = store.trees.local.get(at)
    if (!entry || names.length > 1000) return undefined
    names.push(entry.diskName ?? entry.name)
    at = entry.parentId
  }
  return names.toReversed()
}

/** Throws `StaleError` where the folder is not on the disk. */
export function diskPathIn(context: StepContext, parentId: NodeId, name: string): DiskPath {
  const folder = diskPathOf(context, parentId)
  if (!folder) throw new StaleError('its folder is not on the disk any more')
  return [...folder, name]
}

/** As people read it, of whichever tree has it. */
export function shownPath({ store, rootId }: StepContext, id: NodeId): string {
  const { local, remote, synced } = store.trees
  const names: string[] = []
  for (let at = id; at !== rootId && names.length < 1000;) {
    const entry = local.get(at) ?? remote.get(at) ?? synced.get(at)
    if (!entry) break
    names.push(entry.name)
    at = entry.parentId
  }
  return names.toReversed().join('/')
}

export function idOfOperation(
  { linkId, store }: StepContext,
  kind: string,
  id: NodeId,
  ...parts: readonly (string | number | null)[]
): string {
  return operationId(linkId, kind, id, store.trees.remote.get(id)?.seq ?? null, ...parts)
}

export function valueOf<T>(outcome: RemoteOutcome<T>): T {
  switch (outcome.kind) {
    case 'done':
      return outcome.value
    case 'stale':
      throw new StaleError('it has changed on the server')
    case 'refused':
      throw new RefusedError(outcome.code, outcome.detail)
  }
}

/** Takes over what an answer told; `false` where something later is known. */
export function takeAnswer(context: StepContext, writer: StoreWriter, entry: RemoteEntry): boolean {
  const newer = newerEntry(context.store, entry)
  if (!newer) return false
  writer.putRemote(newer)
  if (context.store.trashed.has(entry.id)) writer.setTrashed(entry.id, false)
  return true
}

/** The synced entry with what a step has brought together; `place` counts where there was none. */
export function syncedWith(
  context: Pick<StepContext, 'store'>,
  id: NodeId,
  place: Pick<SyncedEntry, 'parentId' | 'name' | 'kind'>,
  contents: Partial<Pick<SyncedEntry, 'localContent' | 'remoteContent' | 'isExecutable'>>,
): SyncedEntry {
  const known = context.store.trees.synced.get(id)
  const { parentId, name, kind } = known ?? place
  const mode = known?.isExecutable === undefined ? {} : { isExecutable: known.isExecutable }
  return {
    id,
    parentId,
    name,
    kind,
    localContent: known?.localContent ?? null,
    remoteContent: known?.remoteContent ?? null,
    ...mode,
    ...contents,
  }
}
