import { freeName } from '@cloudsync/crdt'
import type { Random } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import { nodeIdSchema } from '@cloudsync/protocol'
import type { EntryKind } from '../model/entry.ts'
import type { NameRules } from '../model/plan.ts'
import type { ModelWorld } from './apply-plan.ts'
import { isTextContent, localName, remoteName, textOf, valuesOf } from './model-content.ts'
import { ModelDisk } from './model-disk.ts'
import { ModelServer } from './model-server.ts'

const names = ['a', 'A', 'b', 'c', 'd.txt', 'D.txt', 'b (2)']

/** Ids are checked as they come in from outside; here they are made of what is one. */
export function nodeIdFrom(random: Random): NodeId {
  const id = random.uuid()
  return nodeIdSchema.safeParse(id).success ? (id as NodeId) : nodeIdFrom(random)
}

export interface RandomWorldOptions {
  readonly nodes: number
  readonly edits: number
  /** Whether some of the server is only to be looked at. */
  readonly hasReadOnly?: boolean
  readonly nameRules?: NameRules
  /** `false`: the disk does not tell which files are executable. */
  readonly hasModes?: boolean
  /** `false`: the disk holds no symbolic links. */
  readonly holdsLinks?: boolean
  /** Nothing but modes is edited. */
  readonly areModesOnly?: boolean
}

/** Both sides as they were when they agreed, each with edits of its own since, and a memory with gaps. */
export function randomWorld(random: Random, options: RandomWorldOptions): ModelWorld {
  const rootId = nodeIdFrom(random)
  const server = new ModelServer(rootId)
  const disk = new ModelDisk(rootId, options.nameRules?.key)
  const world: ModelWorld = {
    server,
    disk,
    synced: new Map(),
    createId: () => nodeIdFrom(random),
  }
  disk.hasModes = options.hasModes ?? true
  let made = 0
  const newContent = (): string => (random.chance(0.5) ? `#${made++}` : `w${made++}`)
  for (let i = random.below(options.nodes + 1); i > 0; i--) {
    const id = nodeIdFrom(random)
    const content = random.chance(0.5) ? null : newContent()
    const isExecutable = random.chance(0.3)
    const more = { isExecutable, ...(isLink(random, content) && { kind: 'symlink' as const }) }
    server.create(id, anyFolder(random, world, 'server'), random.pick(names), content, more)
  }
  for (const node of server.nodes.values()) {
    const { id, parentId, name, kind, isExecutable } = node
    if (kind === 'symlink' && options.holdsLinks === false) continue
    const localContent = node.content === null ? null : localName(node.content)
    const diskName = freeName(options.nameRules?.toDisk(name) ?? name, (candidate) =>
      disk.isTaken(parentId, candidate),
    )
    disk.create({
      id,
      parentId,
      name,
      kind,
      content: localContent,
      isExecutable,
      ...(diskName !== name && { diskName }),
    })
    world.synced.set(id, {
      id,
      parentId,
      name,
      kind,
      localContent,
      remoteContent: node.content,
      ...(kind === 'file' && { isExecutable }),
    })
  }
  for (let i = random.below(options.edits + 1); i > 0; i--)
    if (options.areModesOnly || random.chance(0.1)) changeMode(random, world, 'server')
    else editServer(random, world, newContent)
  for (let i = random.below(options.edits + 1); i > 0; i--)
    if (options.areModesOnly || random.chance(0.1)) changeMode(random, world, 'disk')
    else editDisk(random, world, newContent, options.holdsLinks ?? true)
  // As a client remembers them that knew no modes.
  if (random.chance(0.1))
    for (const [id, { isExecutable: _, ...rest }] of world.synced)
      if (random.chance(0.5)) world.synced.set(id, rest)
  if (random.chance(0.2) && !options.areModesOnly)
    for (const id of new Set(world.synced.keys())) if (random.chance(0.2)) world.synced.delete(id)
  if (options.hasReadOnly)
    for (const node of server.nodes.values())
      if (random.chance(0.2))
        for (const id of [node.id, ...server.below(node.id)]) {
          const below = server.nodes.get(id)
          if (below) below.canEdit = false
        }
  return world
}

/** One in four of what is no text. */
function isLink(random: Random, content: string | null): boolean {
  return content !== null && !isTextContent(content) && random.chance(0.25)
}

function changeMode(random: Random, { server, disk }: ModelWorld, side: 'server' | 'disk'): void {
  const nodes = [...(side === 'server' ? server.nodes : disk.files).values()]
  const files = nodes.filter(({ kind }) => kind === 'file')
  if (files.length === 0) return
  const { id } = random.pick(files)
  if (side === 'server') server.setMode(id, random.chance(0.5))
  else disk.setMode(id, random.chance(0.5))
}

function anyFolder(random: Random, world: ModelWorld, side: 'server' | 'disk'): NodeId {
  const folders =
    side === 'server'
      ? [...world.server.nodes.keys()].filter((id) => world.server.isFolder(id))
      : [...world.disk.files.keys()].filter((id) => world.disk.isFolder(id))
  return random.chance(0.3) || folders.length === 0 ? world.server.rootId : random.pick(folders)
}

function editServer(random: Random, world: ModelWorld, newContent: () => string): void {
  const { server } = world
  const live = [...server.nodes.values()].filter(({ id }) => server.isLive(id))
  if (live.length === 0 || random.chance(0.2)) {
    const content = random.chance(0.5) ? null : newContent()
    const parentId = anyFolder(random, world, 'server')
    const more = { ...(isLink(random, content) && { kind: 'symlink' as const }) }
    server.create(world.createId(), parentId, random.pick(names), content, more)
    return
  }
  const node = random.pick(live)
  const roll = random.next()
  if (roll < 0.25) server.move(node.id, node.parentId, random.pick(names))
  else if (roll < 0.5) server.move(node.id, anyFolder(random, world, 'server'), node.name)
  else if (roll < 0.7) {
    server.trash(node.id)
    if (random.chance(0.2)) node.isPurged = true
  } else if (node.content !== null) {
    const content = node.kind === 'symlink' ? asBlob(newContent()) : newContent()
    const isAppended = isTextContent(node.content) && isTextContent(content)
    node.content = remoteName(isAppended ? textOf([...valuesOf(node.content), content]) : content)
    node.seq += 1000
  }
}

function asBlob(content: string): string {
  return isTextContent(content) ? `#${content.replace('@', '')}` : content
}

function editDisk(
  random: Random,
  world: ModelWorld,
  newContent: () => string,
  holdsLinks: boolean,
): void {
  const { disk } = world
  const files = [...disk.files.values()]
  if (files.length === 0 || random.chance(0.2)) {
    const content = random.chance(0.5) ? null : sameOrNew(random, world, newContent)
    disk.create({
      id: world.createId(),
      parentId: anyFolder(random, world, 'disk'),
      name: random.pick(names),
      kind: kindFor(random, content, holdsLinks),
      content,
      isExecutable: random.chance(0.3),
    })
    return
  }
  const file = random.pick(files)
  const roll = random.next()
  if (roll < 0.25) disk.move(file.id, file.parentId, random.pick(names))
  else if (roll < 0.5) disk.move(file.id, anyFolder(random, world, 'disk'), file.name)
  else if (roll < 0.6) swapNames(random, world, file.id)
  else if (roll < 0.75) disk.trash(file.id)
  else if (file.content !== null) {
    const found = sameOrNew(random, world, newContent)
    const content = file.kind === 'symlink' ? asBlob(found) : found
    const isAppended = isTextContent(file.content) && isTextContent(content)
    disk.write(file.id, isAppended ? textOf([...valuesOf(file.content), content]) : content)
  }
}

function kindFor(random: Random, content: string | null, holdsLinks: boolean): EntryKind {
  if (content === null) return 'folder'
  return holdsLinks && isLink(random, content) ? 'symlink' : 'file'
}

function sameOrNew(random: Random, { server }: ModelWorld, newContent: () => string): string {
  const known = [...server.nodes.values()].flatMap(({ content }) => content ?? [])
  return known.length > 0 && random.chance(0.3) ? localName(random.pick(known)) : newContent()
}

function swapNames(random: Random, { disk, createId }: ModelWorld, id: NodeId): void {
  const file = disk.files.get(id)
  const others = [...disk.files.values()].filter(
    (other) =>
      file && other.id !== id && !disk.isWithin(other.id, id) && !disk.isWithin(id, other.id),
  )
  if (!file || others.length === 0) return
  const other = random.pick(others)
  const aside = createId()
  disk.move(id, disk.files.get(id)?.parentId ?? id, aside)
  disk.move(other.id, file.parentId, file.name)
  disk.move(id, other.parentId, other.name)
}
