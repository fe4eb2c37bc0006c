import { Random } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../model/operation.ts'
import type { Trees } from '../model/entry.ts'
import type { PlanOptions } from '../model/plan.ts'
import { applyOperation, treesOf, type ModelWorld } from '../testing/apply-plan.ts'
import { localName, valuesOf } from '../testing/model-content.ts'
import { nodeIdFrom, randomWorld } from '../testing/random-worlds.ts'
import { plan } from './plan.ts'

/** In all; `PLANNER_TRIPLES=100000` takes half a minute. */
const triples = Number(process.env['PLANNER_TRIPLES'] ?? 10_000)
const firstSeed = Number(process.env['PLANNER_SEED'] ?? 1)
const maxRounds = 20

function forSeeds(share: number, property: (random: Random) => void): void {
  const runs = process.env['PLANNER_SEED'] ? 1 : Math.ceil(triples * share)
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    try {
      property(new Random(seed))
    } catch (error) {
      throw new Error(`PLANNER_SEED=${seed} shows it`, { cause: error })
    }
  }
}

function optionsOf(world: ModelWorld, more: Partial<PlanOptions> = {}): PlanOptions {
  return { rootId: world.server.rootId, restorable: world.server.restorable(), ...more }
}

/** Plans and carries out until there is nothing to do; gives all steps. `isLost`: a step that gets nowhere. */
function converge(
  world: ModelWorld,
  isLost: (operation: Operation) => boolean,
  more: Partial<PlanOptions> = {},
): Operation[] {
  const all: Operation[] = []
  for (let round = 0; round < maxRounds; round++) {
    const { operations } = plan(treesOf(world), optionsOf(world, more))
    if (operations.length === 0) return all
    for (const operation of operations) {
      if (round < 10 && isLost(operation)) continue
      const outcome = applyOperation(world, operation)
      if (outcome === 'stale' && isLost === never && operation.kind !== 'restore-remote')
        assert.fail(`could not be carried out: ${JSON.stringify(operation)}`)
      all.push(operation)
      if (outcome === 'renewed') break
    }
  }
  const rest = plan(treesOf(world), optionsOf(world, more))
  assert.fail(`does not come to rest: ${JSON.stringify(rest.operations)}`)
}

const never = (): boolean => false

function assertEqualTrees(world: ModelWorld): void {
  const { remote, local, synced } = treesOf(world)
  const tell = (tree: ReadonlyMap<NodeId, { parentId: NodeId; name: string; kind: string }>) =>
    [...tree].map(([id, { parentId, name, kind }]) => `${id} ${parentId}/${name} ${kind}`).sort()
  assert.deepEqual(tell(local), tell(remote))
  assert.deepEqual(tell(synced), tell(remote))
  for (const [id, { content }] of remote) {
    assert.equal(local.get(id)?.content, content === null ? null : localName(content))
    assert.equal(synced.get(id)?.remoteContent, content)
    assert.equal(synced.get(id)?.localContent, local.get(id)?.content)
    const { isExecutable } = remote.get(id) ?? {}
    if (world.disk.hasModes) assert.equal(local.get(id)?.fingerprint?.isExecutable, isExecutable)
    assert.equal(synced.get(id)?.isExecutable, isExecutable)
  }
}

/** What must be there in the end: all that one side has and the other has never had, and what nobody deleted. */
function listPrecious(world: ModelWorld): Set<string> {
  const { remote, local, synced } = treesOf(world)
  const precious = new Set<string>()
  const add = (content: string | null | undefined): void => {
    for (const value of valuesOf(content ?? null)) precious.add(value)
  }
  for (const [id, { content }] of remote) {
    const known = synced.get(id)
    const isUntouched = known?.remoteContent === content
    const isHere = local.has(id) && local.get(id)?.content === known?.localContent
    if (!isUntouched || isHere) add(content)
  }
  for (const [id, { content }] of local) if (synced.get(id)?.localContent !== content) add(content)
  return precious
}

function listPresent(world: ModelWorld): Set<string> {
  const present = new Set<string>()
  for (const { id, content, versions } of world.server.nodes.values())
    if (world.server.isLive(id))
      for (const each of [content, ...versions])
        for (const value of valuesOf(each)) present.add(value)
  for (const { content } of world.disk.files.values())
    for (const value of valuesOf(content)) present.add(value)
  return present
}

function assertNothingLost(precious: ReadonlySet<string>, world: ModelWorld): void {
  const present = listPresent(world)
  const lost = [...precious].filter((value) => !present.has(value))
  assert.deepEqual(lost, [])
}

const size = { nodes: 10, edits: 8 }

test('[PL2] [PL3] [PL4] random worlds come to rest with three equal trees, every step can be made, and nothing is lost', () => {
  forSeeds(0.35, (random) => {
    const world = randomWorld(random, random.chance(0.05) ? { nodes: 40, edits: 40 } : size)
    const precious = listPrecious(world)
    converge(world, never)
    assertEqualTrees(world)
    assertNothingLost(precious, world)
  })
})

test('[PL3] [PL4] random worlds come to rest when steps fail at random', () => {
  forSeeds(0.2, (random) => {
    const world = randomWorld(random, size)
    const precious = listPrecious(world)
    converge(world, () => random.chance(0.3))
    assertEqualTrees(world)
    assertNothingLost(precious, world)
  })
})

test('[PL3] [PL4] [CO7] random worlds come to rest when files are read only later', () => {
  forSeeds(0.1, (random) => {
    const world = randomWorld(random, size)
    const precious = listPrecious(world)
    const unread = new Set([...world.disk.files.keys()].filter(() => random.chance(0.4)))
    for (let round = 0; round < 3; round++) {
      const { operations, waiting } = plan(treesOf(world, unread), optionsOf(world))
      for (const [id, reason] of waiting) if (reason === 'unread') assert.ok(unread.has(id), id)
      for (const operation of operations) if (applyOperation(world, operation) === 'renewed') break
    }
    converge(world, never)
    assertEqualTrees(world)
    assertNothingLost(precious, world)
  })
})

test('[RO1] [RO2] [RO3] [PL4] what is only to be looked at stays as the server has it, and what was typed there stays on the disk', () => {
  forSeeds(0.1, (random) => {
    const world = randomWorld(random, { ...size, hasReadOnly: true })
    const precious = listPrecious(world)
    const before = [...world.server.nodes.values()]
      .filter(({ canEdit }) => !canEdit)
      .map((node) => ({ ...node }))
    converge(world, never)
    for (const node of before) assert.deepEqual(world.server.nodes.get(node.id), node)
    const { remote, local } = treesOf(world)
    for (const { id, parentId, name, content } of remote.values()) {
      const here = local.get(id)
      assert.deepEqual([here?.parentId, here?.name], [parentId, name])
      assert.equal(here?.content, content === null ? null : localName(content))
    }
    const { waiting } = plan(treesOf(world), optionsOf(world))
    for (const id of local.keys())
      if (!remote.has(id)) assert.match(waiting.get(id) ?? 'nothing', /read-only|next-plan/)
    assertNothingLost(precious, world)
  })
})

test('[MD1] a mode is that of the side that changed it, and where nothing was agreed on what was executable stays so', () => {
  forSeeds(0.1, (random) => {
    const world = randomWorld(random, size)
    const { remote, local, synced } = treesOf(world)
    const expected = new Map<NodeId, boolean>()
    for (const [id, { isExecutable: there, kind }] of remote) {
      const here = local.get(id)
      const base = synced.get(id)
      const isHere = here?.fingerprint?.isExecutable
      if (kind !== 'file' || there === undefined || isHere === undefined || !here) continue
      if (base?.kind !== 'file' || base.isExecutable === undefined)
        expected.set(id, there || isHere)
      else expected.set(id, isHere === base.isExecutable ? there : isHere)
    }
    for (const operation of converge(world, never)) {
      if (!['adopt', 'renew', 'keep-copy'].includes(operation.kind)) continue
      expected.delete(operation.id)
      if (operation.kind === 'adopt') expected.delete(operation.as)
    }
    for (const [id, isExecutable] of expected)
      if (world.server.isLive(id))
        assert.equal(world.server.nodes.get(id)?.isExecutable, isExecutable)
    assertEqualTrees(world)
  })
})

test('[MD2] where only modes were changed, nothing else moves', () => {
  forSeeds(0.05, (random) => {
    const world = randomWorld(random, { ...size, areModesOnly: true })
    for (const { kind } of converge(world, never))
      assert.match(kind, /^(mode-remote|mode-local|settle)$/)
    assertEqualTrees(world)
  })
})

test('[MD3] a disk that does not tell modes changes none, and comes to rest', () => {
  forSeeds(0.05, (random) => {
    const world = randomWorld(random, { ...size, hasModes: false })
    const before = [...world.server.nodes.values()].map(({ id, isExecutable }) => [
      id,
      isExecutable,
    ])
    for (const { kind } of converge(world, never)) assert.doesNotMatch(kind, /^mode/)
    for (const [id, isExecutable] of before)
      assert.equal(world.server.nodes.get(id as NodeId)?.isExecutable, isExecutable)
    assertEqualTrees(world)
  })
})

test('[LN3] a disk that holds no links leaves those of the server there, and deletes none', () => {
  forSeeds(0.05, (random) => {
    const world = randomWorld(random, { ...size, holdsLinks: false })
    const links = [...world.server.nodes.values()].filter(({ id, kind }) => {
      return kind === 'symlink' && world.server.isLive(id)
    })
    const before = links.map((node) => structuredClone(node))
    converge(world, never, { holdsLinks: false })
    for (const node of before) assert.deepEqual(world.server.nodes.get(node.id), node)
    const { waiting } = plan(treesOf(world), optionsOf(world, { holdsLinks: false }))
    for (const { id } of before) {
      assert.ok(world.server.isLive(id))
      assert.equal(waiting.get(id), 'no-links')
      assert.ok(!world.disk.files.has(id))
    }
  })
})

test('[NA4] random worlds come to rest on a disk that cannot hold all names', () => {
  const nameRules = {
    key: (name: string) => name.toLowerCase(),
    toDisk: (name: string) => name.replace('c', 'b'),
  }
  forSeeds(0.1, (random) => {
    const world = randomWorld(random, { ...size, nameRules })
    const precious = listPrecious(world)
    converge(world, never, { nameRules })
    assertEqualTrees(world)
    assertNothingLost(precious, world)
  })
})

test('[ZO1] [ZO2] [ZO3] [ZO4] what is ignored, not wanted or cannot be read never reaches the server, nor is it written over', () => {
  forSeeds(0.1, (random) => {
    const world = randomWorld(random, size)
    const any = [...world.synced.keys(), ...world.disk.files.keys(), ...world.server.nodes.keys()]
    const some = (): Set<NodeId> =>
      new Set(random.chance(0.4) ? [] : any.filter(() => random.chance(0.1)))
    const zones = { unreadable: some(), ignored: some(), unselected: some() }
    const roots = [...zones.unreadable, ...zones.ignored, ...zones.unselected]
    const remote = roots.flatMap((id) => [id, ...world.server.below(id)])
    const local = roots.flatMap((id) => [id, ...world.disk.below(id)])
    const isUnwanted = (id: NodeId): boolean => {
      const file = world.disk.files.get(id)
      const known = world.synced.get(id)
      return (
        known?.kind === file?.kind &&
        known?.localContent === file?.content &&
        known?.parentId === file?.parentId &&
        known?.name === file?.name &&
        [...zones.unselected].some((root) => world.disk.isWithin(id, root))
      )
    }
    const mayGo = new Set(local.filter(isUnwanted))
    const remoteBefore = remote.map((id) => structuredClone(world.server.nodes.get(id)))
    const localBefore = local.map((id) => ({ id, name: world.disk.files.get(id)?.name }))
    const contents = new Map([...world.disk.files].map(([id, { content }]) => [id, content]))
    const precious = listPrecious(world)
    converge(world, never, zones)
    for (const node of remoteBefore)
      if (node) assert.deepEqual(world.server.nodes.get(node.id), node)
    for (const { id, name } of localBefore)
      if (contents.has(id) && !mayGo.has(id)) {
        assert.equal(world.disk.files.get(id)?.name, name)
        assert.equal(world.disk.files.get(id)?.content, contents.get(id))
      }
    assertNothingLost(precious, world)
  })
})

test('[PL1] [PL5] whatever the trees claim, a plan comes, and it does not depend on the order of ids in them', () => {
  forSeeds(0.05, (random) => {
    const ids = Array.from({ length: 6 }, () => nodeIdFrom(random))
    const rootId = ids[0] ?? nodeIdFrom(random)
    const trees = nonsense(random, ids)
    const some = (): Set<NodeId> => new Set(ids.filter(() => random.chance(0.1)))
    const options = { rootId, unreadable: some(), ignored: some(), unselected: some() }
    const first = plan(trees, options)
    const turned = {
      remote: new Map([...trees.remote].reverse()),
      local: new Map([...trees.local].reverse()),
      synced: new Map([...trees.synced].reverse()),
    }
    assert.deepEqual(plan(turned, options).operations, first.operations)
  })
})

test('[PL2] worlds without edits have an empty plan', () => {
  forSeeds(0.02, (random) => {
    const world = randomWorld(random, { nodes: 30, edits: 0 })
    converge(world, never)
    const { operations, held, waiting } = plan(treesOf(world), optionsOf(world))
    assert.deepEqual([operations, held, waiting.size], [[], [], 0])
  })
})

/** Entries that lie in themselves, in files and nowhere, of two kinds and of one name. */
function nonsense(random: Random, ids: readonly NodeId[]): Trees {
  const entry = () => ({
    id: random.pick(ids),
    parentId: random.chance(0.4) ? (ids[0] ?? random.pick(ids)) : random.pick(ids),
    name: random.pick(['a', 'A', 'b', 'a:b', '']),
    kind: random.pick(['folder', 'folder', 'file', 'symlink'] as const),
  })
  const content = (): string | null => random.pick(['#1', '#2', 'w1', '@w1', null])
  const many = <E extends { id: NodeId }>(make: () => E): Map<NodeId, E> =>
    new Map(Array.from({ length: random.below(7) }, make).map((each) => [each.id, each]))
  return {
    remote: many(() => ({
      ...entry(),
      seq: random.below(5),
      content: content(),
      isText: random.chance(0.5),
      sizeBytes: null,
      canEdit: random.chance(0.8),
    })),
    local: many(() => ({ ...entry(), content: content(), fingerprint: null })),
    synced: many(() => ({ ...entry(), localContent: content(), remoteContent: content() })),
  }
}
