import type { NodeId } from '@cloudsync/protocol'
import type { SyncedEntry, Trees } from '../model/entry.ts'
import type { Operation } from '../model/operation.ts'
import { isTextContent, localName, remoteName, valuesOf } from './model-content.ts'
import type { ModelDisk } from './model-disk.ts'
import type { ModelOutcome, ModelServer } from './model-server.ts'

/** Both sides, and what the client remembers of what they agreed on. */
export interface ModelWorld {
  readonly server: ModelServer
  readonly disk: ModelDisk
  readonly synced: Map<NodeId, SyncedEntry>
  readonly createId: () => NodeId
}

export function treesOf(world: ModelWorld, unread?: ReadonlySet<NodeId>): Trees {
  return {
    remote: world.server.tree(),
    local: world.disk.tree(unread),
    synced: new Map(world.synced),
  }
}

/** Carries a step out as an engine has to; `stale` when what it needs is not there, and then nothing was done. */
export function applyOperation(world: ModelWorld, operation: Operation): ModelOutcome {
  const { server, disk, synced } = world
  switch (operation.kind) {
    case 'adopt':
      if (!disk.files.has(operation.id) || disk.files.has(operation.as)) return 'stale'
      rename(world, operation.id, operation.as)
      return 'done'
    case 'renew':
      rename(world, operation.id, world.createId())
      return 'done'
    case 'forget':
      synced.delete(operation.id)
      return 'done'
    case 'settle':
      synced.set(operation.id, operation.synced)
      return 'done'
    case 'create-remote-folder': {
      const { id, parentId, name } = operation
      if (renewUsedId(world, id)) return 'renewed'
      if (server.create(id, parentId, name, null) === 'stale') return 'stale'
      recordPlace(world, id)
      return 'done'
    }
    case 'upload-new': {
      const { id, parentId, name, localContent } = operation
      if (disk.files.get(id)?.content !== localContent) return 'stale'
      if (renewUsedId(world, id)) return 'renewed'
      const { kind, isExecutable } = disk.files.get(id) ?? {}
      const mode = disk.hasModes ? isExecutable : undefined
      const more = { isExecutable: mode, ...(kind && { kind }) }
      if (server.create(id, parentId, name, localContent, more) === 'stale') return 'stale'
      recordContent(world, id, localContent)
      recordMode(world, id, mode ?? false)
      return 'done'
    }
    case 'upload-change':
      return uploadChange(world, operation)
    case 'merge-text':
      return mergeText(world, operation.id)
    case 'move-remote': {
      const { id, parentId, name, seen } = operation
      const node = server.nodes.get(id)
      if (node?.parentId !== seen.parentId || node.name !== seen.name) return 'stale'
      if (server.move(id, parentId, name) === 'stale') return 'stale'
      recordPlace(world, id)
      return 'done'
    }
    case 'mode-remote': {
      const { id, isExecutable } = operation
      if (server.setMode(id, isExecutable) === 'stale') return 'stale'
      recordMode(world, id, isExecutable)
      return 'done'
    }
    case 'restore-remote': {
      const { id } = operation
      if (server.restore(id) === 'stale') return 'stale'
      const node = server.nodes.get(id)
      const before = synced.get(id)
      if (node && before) synced.set(id, { ...before, parentId: node.parentId, name: node.name })
      return 'done'
    }
    case 'trash-remote': {
      const seqs = new Map([operation, ...operation.below].map(({ id, seq }) => [id, seq]))
      const all = [operation.id, ...server.below(operation.id)]
      const isAsSeen =
        all.length === seqs.size &&
        all.every((id) => server.isLive(id) && server.nodes.get(id)?.seq === seqs.get(id))
      if (!isAsSeen) return 'stale'
      server.trash(operation.id)
      for (const id of all) synced.delete(id)
      return 'done'
    }
    default:
      return applyToDisk(world, operation)
  }
}

type DiskOperation = Extract<
  Operation,
  {
    kind:
      | 'create-local-folder'
      | 'download'
      | 'move-local'
      | 'mode-local'
      | 'keep-copy'
      | 'trash-local'
      | 'dehydrate'
  }
>

function applyToDisk(world: ModelWorld, operation: DiskOperation): ModelOutcome {
  const { disk, synced } = world
  switch (operation.kind) {
    case 'create-local-folder': {
      const { id, parentId, name, diskName } = operation
      const file = { id, parentId, name, kind: 'folder' as const, content: null }
      if (disk.create({ ...file, ...(diskName !== undefined && { diskName }) }) === 'stale')
        return 'stale'
      recordPlace(world, id)
      return 'done'
    }
    case 'download':
      return download(world, operation)
    case 'move-local': {
      const { id, parentId, name, diskName, seen } = operation
      const file = disk.files.get(id)
      if (file?.parentId !== seen.parentId || file.name !== seen.name) return 'stale'
      if (disk.move(id, parentId, name, diskName) === 'stale') return 'stale'
      recordPlace(world, id)
      return 'done'
    }
    case 'mode-local': {
      const { id, isExecutable } = operation
      if (disk.files.get(id)?.kind !== 'file') return 'stale'
      disk.setMode(id, isExecutable)
      recordMode(world, id, isExecutable)
      return 'done'
    }
    case 'keep-copy': {
      const { id, parentId, name, seen } = operation
      const file = disk.files.get(id)
      if (file?.parentId !== seen.parentId || file.name !== seen.name) return 'stale'
      if (disk.move(id, parentId, name) === 'stale') return 'stale'
      disk.rename(id, world.createId())
      return 'done'
    }
    case 'trash-local':
    case 'dehydrate': {
      const below = disk.below(operation.id)
      const isAsSeen =
        below.length === operation.below.length && below.every((id) => operation.below.includes(id))
      if (!isAsSeen || !disk.files.has(operation.id)) return 'stale'
      disk.trash(operation.id)
      if (operation.kind === 'dehydrate')
        for (const id of [operation.id, ...below]) synced.delete(id)
      return 'done'
    }
  }
}

/** The server refuses an id that it has had, of which a client without memory knows nothing. */
function renewUsedId(world: ModelWorld, id: NodeId): boolean {
  const isUsedUp = world.server.nodes.has(id) && !world.server.isLive(id)
  if (isUsedUp) rename(world, id, world.createId())
  return isUsedUp
}

function uploadChange(
  world: ModelWorld,
  { id, localContent, remoteBase }: Extract<Operation, { kind: 'upload-change' }>,
): ModelOutcome {
  const { server, disk } = world
  const node = server.nodes.get(id)
  if (disk.files.get(id)?.content !== localContent || !node) return 'stale'
  // Every other file asks: what is there stays, and what comes is kept beside it.
  const asks = id.charCodeAt(0) % 2 === 0 && node.content !== remoteBase
  if (asks) {
    if (!node.canEdit || !server.isLive(id)) return 'stale'
    node.versions.add(remoteName(localContent))
    recordContent(world, id, localContent, remoteName(localContent))
    return 'done'
  }
  if (server.replace(id, localContent, remoteBase) === 'stale') return 'stale'
  recordContent(world, id, localContent)
  return 'done'
}

function mergeText(world: ModelWorld, id: NodeId): ModelOutcome {
  const { server, disk } = world
  const file = disk.files.get(id)
  if (file?.content == null || !isTextContent(file.content)) return 'stale'
  const merged = server.merge(id, valuesOf(file.content))
  if (merged === undefined) return 'stale'
  disk.write(id, merged)
  recordContent(world, id, merged)
  return 'done'
}

function download(
  world: ModelWorld,
  {
    id,
    parentId,
    name,
    diskName,
    remoteContent,
    localBase,
  }: Extract<Operation, { kind: 'download' }>,
): ModelOutcome {
  const { server, disk } = world
  if (server.nodes.get(id)?.content !== remoteContent) return 'stale'
  const content = localName(remoteContent)
  if (localBase === null) {
    const { kind = 'file', isExecutable = false } = server.nodes.get(id) ?? {}
    const file = { id, parentId, name, kind, content, isExecutable }
    if (disk.create({ ...file, ...(diskName !== undefined && { diskName }) }) === 'stale')
      return 'stale'
    recordContent(world, id, content)
    recordMode(world, id, isExecutable)
  } else {
    if (disk.files.get(id)?.content !== localBase) return 'stale'
    disk.write(id, content)
  }
  recordContent(world, id, content)
  return 'done'
}

function recordPlace({ server, disk, synced }: ModelWorld, id: NodeId): void {
  const node = server.nodes.get(id)
  const file = disk.files.get(id)
  if (!node || !file || node.parentId !== file.parentId || node.name !== file.name) return
  const before = synced.get(id)
  if (!before && node.kind !== 'folder') return
  synced.set(id, {
    ...before,
    id,
    kind: node.kind,
    localContent: before?.localContent ?? null,
    remoteContent: before?.remoteContent ?? null,
    parentId: node.parentId,
    name: node.name,
  })
}

/** Where there is no synced entry, the place is that of the side that was read. */
function recordContent(
  world: ModelWorld,
  id: NodeId,
  localContent: string,
  remoteContent = world.server.nodes.get(id)?.content ?? null,
): void {
  const place = world.synced.get(id) ?? world.server.nodes.get(id) ?? world.disk.files.get(id)
  if (!place) return
  const { parentId, name, kind } = place
  const { isExecutable } = world.synced.get(id) ?? {}
  const mode = isExecutable === undefined ? {} : { isExecutable }
  world.synced.set(id, { id, parentId, name, kind, localContent, remoteContent, ...mode })
}

function recordMode({ synced }: ModelWorld, id: NodeId, isExecutable: boolean): void {
  const known = synced.get(id)
  if (known?.kind === 'file') synced.set(id, { ...known, isExecutable })
}

function rename({ disk, synced }: ModelWorld, id: NodeId, as: NodeId): void {
  disk.rename(id, as)
  synced.delete(id)
  for (const entry of synced.values())
    if (entry.parentId === id) synced.set(entry.id, { ...entry, parentId: as })
}
