import { Random } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlanOptions } from '../model/plan.ts'
import { applyOperation, treesOf, type ModelWorld } from '../testing/apply-plan.ts'
import { ModelDisk } from '../testing/model-disk.ts'
import { localName } from '../testing/model-content.ts'
import { ModelServer } from '../testing/model-server.ts'
import { nodeIdFrom } from '../testing/random-worlds.ts'
import { explain } from './explain.ts'
import { plan } from './plan.ts'

const random = new Random(7)

/** A world in which both sides agree on these; `null` is a folder. */
function agreed(entries: Record<string, string | null>): {
  world: ModelWorld
  id: (path: string) => NodeId
  steps: (more?: Partial<PlanOptions>) => string[]
} {
  const rootId = nodeIdFrom(random)
  const server = new ModelServer(rootId)
  const disk = new ModelDisk(rootId)
  const world: ModelWorld = {
    server,
    disk,
    synced: new Map(),
    createId: () => nodeIdFrom(random),
  }
  const ids = new Map<string, NodeId>([['', rootId]])
  const id = (path: string): NodeId => {
    const found = ids.get(path)
    if (!found) throw new RangeError(path)
    return found
  }
  for (const [path, content] of Object.entries(entries)) {
    const own = nodeIdFrom(random)
    ids.set(path, own)
    const at = path.lastIndexOf('/')
    const parentId = id(at === -1 ? '' : path.slice(0, at))
    const name = path.slice(at + 1)
    server.create(own, parentId, name, content)
    const kind = content === null ? ('folder' as const) : ('file' as const)
    disk.create({ id: own, parentId, name, kind, content })
    const remoteContent = server.nodes.get(own)?.content ?? null
    const mode = content === null ? {} : { isExecutable: false }
    const contents = { localContent: content, remoteContent }
    world.synced.set(own, { id: own, parentId, name, kind, ...contents, ...mode })
  }
  const steps = (more: Partial<PlanOptions> = {}): string[] => {
    const all: string[] = []
    for (let round = 0; round < 10; round++) {
      const options = { rootId, restorable: server.restorable(), ...more }
      const { operations } = plan(treesOf(world), options)
      if (operations.length === 0) return all
      for (const operation of operations) {
        assert.equal(applyOperation(world, operation), 'done')
        if (operation.kind !== 'settle' && operation.kind !== 'forget') all.push(operation.kind)
      }
    }
    assert.fail('does not come to rest')
  }
  return { world, id, steps }
}

/** So many in a folder, each of a content of its own. */
function files(folder: string, count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`${folder}${n}`, `#${folder}${n}`]),
  )
}

test('[MO1] a rename there and a move here are both kept, and of two renames the one of the server', () => {
  const { world, id, steps } = agreed({ f: null, a: '#1', b: '#2' })
  world.server.move(id('a'), id(''), 'renamed')
  world.disk.move(id('a'), id('f'), 'a')
  world.server.move(id('b'), id(''), 'theirs')
  world.disk.move(id('b'), id(''), 'ours')
  steps()
  const a = world.server.nodes.get(id('a'))
  assert.deepEqual([a?.parentId, a?.name], [id('f'), 'renamed'])
  assert.equal(world.disk.files.get(id('b'))?.name, 'theirs')
})

test('[MO2] swapped names go through a temporary one', () => {
  const { world, id, steps } = agreed({ a: '#1', b: '#2' })
  world.disk.move(id('a'), id(''), 'x')
  world.disk.move(id('b'), id(''), 'a')
  world.disk.move(id('a'), id(''), 'b')
  assert.deepEqual(steps(), ['move-remote', 'move-remote', 'move-remote'])
  assert.equal(world.server.nodes.get(id('a'))?.name, 'b')
})

test('[MO3] a move here that meets one there in a circle is given up', () => {
  const { world, id, steps } = agreed({ a: null, b: null })
  world.disk.move(id('a'), id('b'), 'a')
  world.server.move(id('b'), id('a'), 'b')
  steps()
  assert.equal(world.disk.files.get(id('a'))?.parentId, id(''))
  assert.equal(world.disk.files.get(id('b'))?.parentId, id('a'))
})

test('[NA1] [NA2] equal things of one name become one, different ones get names of their own', () => {
  const { world, id, steps } = agreed({})
  const { server, disk, createId } = world
  const there = { folder: createId(), equal: createId(), blob: createId() }
  server.create(there.folder, id(''), 'folder', null)
  server.create(there.equal, there.folder, 'equal', '#1')
  server.create(there.blob, id(''), 'blob.png', '#2')
  const folder = createId()
  disk.create({ id: folder, parentId: id(''), name: 'folder', kind: 'folder', content: null })
  disk.create({ id: createId(), parentId: folder, name: 'equal', kind: 'file', content: '#1' })
  const blob = createId()
  disk.create({ id: blob, parentId: id(''), name: 'blob.png', kind: 'file', content: '#3' })
  assert.deepEqual(steps().sort(), ['adopt', 'adopt', 'download', 'move-local', 'upload-new'])
  assert.equal(server.nodes.get(blob)?.name, 'blob (2).png')
  assert.equal(disk.files.get(there.equal)?.parentId, there.folder)
})

test('[NA4] what the disk has to call otherwise gets a better name there when that is free', () => {
  const { world, id, steps } = agreed({ a_b: '#1', 'a%b': '#2' })
  const toDisk = (name: string) => name.replace('%', '_')
  const nameRules = { key: (name: string) => name, toDisk }
  world.disk.move(id('a%b'), id(''), 'a%b', 'a_b (2)')
  assert.deepEqual(steps({ nameRules }), [])
  world.server.trash(id('a_b'))
  assert.deepEqual(steps({ nameRules }).sort(), ['move-local', 'trash-local'])
  const { name, diskName } = world.disk.files.get(id('a%b')) ?? {}
  assert.deepEqual([name, diskName], ['a%b', 'a_b'])
  assert.deepEqual(steps({ nameRules }), [])
})

test('[DE1] an edit wins over a deletion on the other side, and without one the deletion goes through', () => {
  const { world, id, steps } = agreed({ a: '#1', b: '#2', c: '#3', d: '#4' })
  world.server.trash(id('a'))
  world.disk.write(id('a'), '#11')
  world.disk.trash(id('b'))
  world.server.replace(id('b'), '#22', '#2')
  world.server.trash(id('c'))
  world.disk.trash(id('d'))
  steps()
  assert.equal(world.server.isLive(id('a')), true)
  assert.equal(world.server.nodes.get(id('a'))?.content, '#11')
  assert.equal(world.disk.files.get(id('b'))?.content, localName('#22'))
  assert.equal(world.disk.files.has(id('c')), false)
  assert.equal(world.server.isLive(id('d')), false)
})

test('[NA2] [DE1] a changed text that somebody deleted comes back beside a new one of its name, and not in it', () => {
  const { world, id, steps } = agreed({ text: 'w1' })
  world.server.trash(id('text'))
  world.disk.write(id('text'), 'w1+w2')
  const other = world.createId()
  world.server.create(other, id(''), 'text', 'w3')
  steps()
  assert.equal(world.server.isLive(id('text')), true)
  assert.equal(world.disk.files.get(id('text'))?.content, 'w1+w2')
  assert.equal(world.disk.files.get(other)?.content, 'w3')
})

test('[DE2] a deleted folder comes back for a new child alone', () => {
  const { world, id, steps } = agreed({ f: null, 'f/old': '#1' })
  world.disk.trash(id('f'))
  const child = world.createId()
  world.server.create(child, id('f'), 'new', '#2')
  steps()
  assert.deepEqual(new Set(world.disk.files.keys()), new Set([id('f'), child]))
  assert.equal(world.server.isLive(id('f/old')), false)
})

for (const side of ['remote', 'local'] as const) {
  const trashElsewhere = ({ server, disk }: ModelWorld, id: NodeId) =>
    side === 'remote' ? disk.trash(id) : server.trash(id)

  test(`[DE3] many deletions are held on the ${side} side until a person agrees to them`, () => {
    const { world, id } = agreed({ f: null, ...files('f/', 101) })
    trashElsewhere(world, id('f'))
    const options = { rootId: id('') }
    const first = plan(treesOf(world), options)
    assert.deepEqual(first.operations, [])
    assert.deepEqual(
      first.held.map((held) => [held.side, held.files]),
      [[side, 101]],
    )
    const approvedDeletions = new Set(first.held.flatMap(({ ids }) => ids))
    const { operations, held } = plan(treesOf(world), { ...options, approvedDeletions })
    assert.deepEqual([operations.map(({ kind }) => kind), held], [[`trash-${side}`], []])
  })

  for (const [deleted, all, isHeld] of [
    [100, 100, false],
    [101, 504, true],
    [101, 505, false],
    [101, 1_000, false],
  ] as const)
    test(`[DE3] ${deleted} deletions of ${all} files are ${isHeld ? 'held' : 'done'} on the ${side} side`, () => {
      const { world, id } = agreed({
        f: null,
        ...files('f/', deleted),
        ...files('', all - deleted),
      })
      trashElsewhere(world, id('f'))
      const { operations, held } = plan(treesOf(world), { rootId: id('') })
      const expected = isHeld ? [[], [side]] : [[`trash-${side}`], []]
      assert.deepEqual([operations.map(({ kind }) => kind), held.map((h) => h.side)], expected)
    })
}

test('[DE3] what was deleted a moment ago counts with what is to be deleted now', () => {
  const { world, id } = agreed({ f: null, ...files('f/', 60), ...files('', 20) })
  world.disk.trash(id('f'))
  const lately = new Set(Array.from({ length: 41 }, () => nodeIdFrom(random)))
  const plan41 = (side: 'remote' | 'local') =>
    plan(treesOf(world), {
      rootId: id(''),
      recentDeletions: { remote: new Set(), local: new Set(), [side]: lately },
    })
  assert.deepEqual(
    plan41('remote').held.map(({ side, files, filesInAll }) => [side, files, filesInAll]),
    [['remote', 60, 121]],
  )
  assert.deepEqual(plan41('local').held, [])
})

test('[CO1] texts are merged, and blobs go where they changed', () => {
  const { world, id, steps } = agreed({ text: 'w1', up: '#1', down: '#2' })
  world.disk.write(id('text'), 'w1+w2')
  world.server.merge(id('text'), ['w3'])
  world.disk.write(id('up'), '#11')
  world.server.replace(id('down'), '#22', '#2')
  assert.deepEqual(steps().sort(), ['download', 'merge-text', 'upload-change'])
  assert.equal(world.disk.files.get(id('text'))?.content, 'w1+w2+w3')
})

test('[EX1] tells of each node whether it is in sync, planned, or why it waits', () => {
  const { world, id } = agreed({ a: '#1', b: '#2', c: '#3' })
  world.disk.write(id('b'), '#22')
  world.server.replace(id('c'), '#33', '#3')
  const trees = treesOf(world)
  const made = plan(trees, { rootId: id(''), ignored: new Set([id('c')]) })
  const kindOf = (path: string): string => explain(id(path), trees, made).kind
  assert.deepEqual([kindOf('a'), kindOf('b')], ['in-sync', 'planned'])
  assert.equal(explain(world.createId(), trees, made).kind, 'not-known')
})

test('[MD1] a mode goes to the other side without its content, and each by itself', () => {
  const { world, id, steps } = agreed({ a: '#1', b: '#2', c: '#3' })
  world.disk.setMode(id('a'), true)
  world.server.setMode(id('b'), true)
  world.disk.write(id('b'), '#4')
  world.disk.setMode(id('c'), true)
  world.server.setMode(id('c'), true)
  assert.deepEqual(steps().toSorted(), ['mode-local', 'mode-remote', 'upload-change'])
  for (const name of ['a', 'b', 'c']) {
    assert.equal(world.server.nodes.get(id(name))?.isExecutable, true)
    assert.equal(world.disk.files.get(id(name))?.isExecutable, true)
    assert.equal(world.synced.get(id(name))?.isExecutable, true)
  }
  world.disk.setMode(id('c'), false)
  assert.deepEqual(steps(), ['mode-remote'])
})

test('[MD1] of what may only be looked at, the mode is that of the server', () => {
  const { world, id, steps } = agreed({ a: '#1' })
  const node = world.server.nodes.get(id('a'))
  assert.ok(node)
  node.canEdit = false
  world.disk.setMode(id('a'), true)
  assert.deepEqual(steps(), ['mode-local'])
  assert.equal(world.disk.files.get(id('a'))?.isExecutable, false)
})

test('[MD1] a deletion wins over a change of the mode alone, and nothing is lost by it', () => {
  const { world, id, steps } = agreed({ a: '#1', b: '#2' })
  world.disk.trash(id('a'))
  world.server.setMode(id('a'), true)
  world.server.trash(id('b'))
  world.disk.setMode(id('b'), true)
  assert.deepEqual(steps().toSorted(), ['trash-local', 'trash-remote'])
})

test('[MD3] a server that tells no modes is told none', () => {
  const { world, id } = agreed({ a: '#1' })
  world.disk.setMode(id('a'), true)
  const { remote, local, synced } = treesOf(world)
  const { isExecutable: _, ...silent } = remote.get(id('a')) ?? assert.fail()
  const trees = { remote: new Map([[silent.id, silent]]), local, synced }
  assert.deepEqual(plan(trees, { rootId: id('') }).operations, [])
})

test('[LN1] a link in the place of a file, and a file in that of a link, are things of their own', () => {
  const { world, id, steps } = agreed({ a: '#1' })
  world.disk.trash(id('a'))
  const link = { id: nodeIdFrom(random), parentId: id(''), name: 'a', content: '#1' } as const
  world.disk.create({ ...link, kind: 'symlink' })
  assert.deepEqual(steps(), ['trash-remote', 'upload-new'])
  assert.equal(world.server.nodes.get(link.id)?.kind, 'symlink')
  world.server.trash(link.id)
  world.server.create(nodeIdFrom(random), id(''), 'a', '#2')
  assert.deepEqual(steps(), ['trash-local', 'download'])
})

test('[LN3] a folder that is deleted where its links cannot be waits for them, and they stay', () => {
  const { world, id, steps } = agreed({ f: null, 'f/a': '#1' })
  const link = nodeIdFrom(random)
  world.server.create(link, id('f'), 'link', '#2', { kind: 'symlink' })
  world.disk.trash(id('f'))
  assert.deepEqual(steps({ holdsLinks: false }), ['trash-remote'])
  assert.ok(world.server.isLive(link) && !world.server.isLive(id('f/a')))
  const options = { rootId: id(''), holdsLinks: false }
  assert.equal(plan(treesOf(world), options).waiting.get(id('f')), 'not-empty')
})

test('[PL2] a hundred thousand entries of which one differs are planned in less than three seconds of processor time', () => {
  const { world, id } = agreed({ a: '#1' })
  const trees = treesOf(world)
  const remote = new Map(trees.remote)
  const local = new Map(trees.local)
  const synced = new Map(trees.synced)
  const one = {
    remote: remote.get(id('a')),
    local: local.get(id('a')),
    synced: synced.get(id('a')),
  }
  assert.ok(one.remote && one.local && one.synced)
  for (let i = 0; i < 100_000; i++) {
    const own = { id: nodeIdFrom(random), name: `n${i}` }
    remote.set(own.id, { ...one.remote, ...own })
    local.set(own.id, { ...one.local, ...own })
    synced.set(own.id, { ...one.synced, ...own })
  }
  local.set(id('a'), { ...one.local, content: '#2' })
  const before = process.cpuUsage()
  const { operations } = plan({ remote, local, synced }, { rootId: id('') })
  const { user } = process.cpuUsage(before)
  assert.deepEqual(
    operations.map(({ kind }) => kind),
    ['upload-change'],
  )
  assert.ok(user < 3_000_000, `${user} µs`)
})
