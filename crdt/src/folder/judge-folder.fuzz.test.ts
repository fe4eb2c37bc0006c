import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../testing/fuzz.ts'
import { RandomFolder, type JudgedUpdate } from '../testing/random-folder.ts'
import { scanUpdate } from '../updates/scan-update.ts'
import { checkFolderUpdate } from './check-folder-update.ts'
import {
  childrenOf,
  isEntry,
  readFolder,
  type ChildKind,
  type FolderChild,
  type FolderView,
} from './folder-document.ts'
import { FolderReplica } from './folder-replica.ts'
import { judgeFolder } from './judge-folder.ts'
import { findNameFault, nameKey } from './node-name.ts'

const runs = Number(process.env['FUZZ_RUNS'] ?? 2_000)
const steps = 30

test('[FJ1] [FJ8] a folder obeys its rules after each update, whoever writes and whatever the network does', () => {
  fuzz({ runs, seed: 1 }, (random) => {
    const world = new RandomFolder(random)
    const kinds = new Map<string, ChildKind>()
    for (let step = 0; step < steps; step += 1) {
      const judged = world.step()
      if (judged) checkJudgement(world, judged, kinds)
    }
    for (const judged of world.gather()) checkJudgement(world, judged, kinds)
    world.spread()
    for (const { doc } of world.people) assertSameView(readFolder(doc), world.folder.view)
    assertFreshReplica(world.folder)
  })
})

function checkJudgement(
  { folder }: RandomFolder,
  judged: JudgedUpdate,
  kinds: Map<string, ChildKind>,
): void {
  const { update, before, between, delta, known, may, edits } = judged
  const scan = scanUpdate(update)
  if (scan.kind === 'refused') assert.fail(scan.detail)
  assert.equal(checkFolderUpdate(scan), undefined)

  assert.equal(edits.length === 0, obeys(judged), 'edits exactly where a rule is broken')
  const touched = new Set(delta.changes.map(({ id }) => id))
  for (const edit of edits) assert.ok(edit.type === 'drop_key' || touched.has(edit.id))
  for (const [id, child] of between) if (!touched.has(id)) assert.equal(folder.view.get(id), child)

  assertNamesKept(folder.view, judged)
  assertSameView(folder.view, readFolder(folder.doc))
  for (const [key, value] of childrenOf(folder.doc)) assert.ok(isEntry(key, value), key)
  assert.equal(new Set(Array.from(folder.view.values(), keyOf)).size, folder.view.size)
  for (const [id, { kind, name }] of folder.view) {
    assert.equal(findNameFault(name), undefined)
    assert.equal(kind, kinds.get(id) ?? kind)
    kinds.set(id, kind)
    const node = before.has(id) ? undefined : known.get(id)
    assert.ok(node === undefined || node.state === 'removed', 'a stolen id')
  }
  const changes = [...touched].flatMap((id) => {
    const change = { id, before: before.get(id), after: folder.view.get(id) }
    return isSame(change.before, change.after) ? [] : [change]
  })
  assert.deepEqual(judgeFolder({ folder, delta: { changes, strayKeys: [] }, known, may }), [])
}

/** Who had a name, or asks alone for one that was free, has it afterwards. */
function assertNamesKept(after: FolderView, { before, between }: JudgedUpdate): void {
  const heldKeys = new Set(Array.from(before.values(), keyOf))
  const askedKeys = Array.from(between.values(), keyOf)
  for (const [id, { name }] of after) {
    const old = before.get(id)
    const asked = between.get(id)
    const isAllowed = asked && findNameFault(asked.name) === undefined
    if (old && (!asked || !isAllowed)) assert.equal(name, old.name)
    if (!isAllowed || name === old?.name) continue
    const key = keyOf(asked)
    const isAlone = !heldKeys.has(key) && askedKeys.filter((other) => other === key).length === 1
    if (isAlone || (old && keyOf(old) === key)) assert.equal(name, asked.name)
  }
}

/** The rules once more, by looking at the whole folder. */
function obeys({ before, between, delta, known, may }: JudgedUpdate): boolean {
  if (delta.strayKeys.length > 0) return false
  for (const id of before.keys()) if (!between.has(id) && !may.remove(id)) return false
  for (const [id, child] of between) {
    const old = before.get(id)
    if (isSame(old, child)) continue
    if (findNameFault(child.name) !== undefined) return false
    if (old ? old.kind !== child.kind || !may.rename(id) : !may.create) return false
    const node = old ? undefined : known.get(id)
    if (node && (node.state !== 'removed' || node.kind !== child.kind || !may.restore(id)))
      return false
    if (!old && !node && child.kind === 'blob') return false
    if (!old && !node && child.kind === 'folder' && !may.createFolders) return false
  }
  return new Set(Array.from(between.values(), keyOf)).size === between.size
}

/** One that is opened with what another has gathered shows the same and finds the same names taken. */
function assertFreshReplica(folder: FolderReplica): void {
  const fresh = new FolderReplica(folder.doc)
  assertSameView(fresh.view, folder.view)
  const keys = new Set(Array.from(folder.view.values(), keyOf))
  for (const key of [...keys, 'a', 'b.md', 'é', 'ss'])
    assert.deepEqual([...folder.holdersOf(key)], [...fresh.holdersOf(key)])
}

function assertSameView(one: FolderView, other: FolderView): void {
  assert.equal(one.size, other.size)
  for (const [id, child] of one) assert.ok(isSame(child, other.get(id)), id)
}

function isSame(one: FolderChild | undefined, other: FolderChild | undefined): boolean {
  return one?.name === other?.name && one?.kind === other?.kind
}

function keyOf({ name }: FolderChild): string {
  return nameKey(name)
}
