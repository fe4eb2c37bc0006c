import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { childId } from '../testing/child-id.ts'
import {
  childrenRootName,
  createFolderState,
  type ChildKind,
  type FolderChild,
} from './folder-document.ts'
import { FolderReplica } from './folder-replica.ts'
import { broughtIds, judgeFolder, type FolderRights, type KnownNode } from './judge-folder.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

const [a, b, c, d] = [childId(1), childId(2), childId(3), childId(4)] as const
const all: FolderRights = {
  create: true,
  createFolders: true,
  restore: () => true,
  rename: () => true,
  remove: () => true,
}

interface Case {
  readonly folder?: Readonly<Record<string, string>>
  readonly edit: (entries: Y.Map<unknown>) => void
  readonly known?: Readonly<Record<string, KnownNode>>
  readonly may?: Partial<FolderRights>
}

/** The children as `kind name`, after an edit of a folder of texts was judged and repaired. */
function judged({ folder = {}, edit, known = {}, may = {} }: Case) {
  const replica = new FolderReplica()
  const children = Object.entries(folder).map(([id, name]): [string, FolderChild] => [
    id,
    { name, kind: 'text' },
  ])
  replica.apply(createFolderState(new Map(children), 1))
  const author = new Y.Doc()
  Y.applyUpdate(author, Y.encodeStateAsUpdate(replica.doc))
  author.transact(() => edit(author.getMap(childrenRootName)))
  const delta = replica.apply(Y.encodeStateAsUpdate(author, Y.encodeStateVector(replica.doc)))
  const edits = judgeFolder({
    folder: replica,
    delta,
    known: new Map(Object.entries(known)),
    may: { ...all, ...may },
  })
  replica.edit(edits)
  const after = Object.fromEntries(
    Array.from(replica.view, ([id, { kind, name }]) => [id, `${kind} ${name}`]),
  )
  return { edits, after, keys: [...replica.doc.getMap(childrenRootName).keys()].sort() }
}

function put(entries: Y.Map<unknown>, id: string, name: unknown, kind: unknown = 'text'): void {
  entries.set(`n|${id}`, name)
  entries.set(`k|${id}`, kind)
}

function remove(entries: Y.Map<unknown>, id: string): void {
  entries.delete(`n|${id}`)
  entries.delete(`k|${id}`)
}

test('[FJ1] nobody sees anything move when an update breaks no rule', () => {
  const { edits, after } = judged({
    folder: { [a]: 'a', [b]: 'b', [c]: 'c' },
    edit: (entries) => {
      entries.set(`n|${a}`, 'b')
      entries.set(`n|${b}`, 'a')
      remove(entries, c)
      put(entries, d, 'C', 'folder')
    },
  })
  assert.deepEqual(edits, [])
  assert.deepEqual(after, { [a]: 'text b', [b]: 'text a', [d]: 'folder C' })
})

test('[FJ1] the case of a name is its owner’s to change', () => {
  const { edits } = judged({
    folder: { [a]: 'readme' },
    edit: (entries) => entries.set(`n|${a}`, 'README'),
  })
  assert.deepEqual(edits, [])
})

test('[FJ2] a kind that was changed goes back, and the name that came with it stays', () => {
  const { after } = judged({
    folder: { [a]: 'a' },
    edit: (entries) => put(entries, a, 'b', 'folder'),
  })
  assert.deepEqual(after, { [a]: 'text b' })
})

test('[FJ2] what was removed comes back as what it was', () => {
  const { after } = judged({
    edit: (entries) => {
      put(entries, a, 'a', 'folder')
      put(entries, b, 'b', 'text')
    },
    known: { [a]: { state: 'removed', kind: 'text' }, [b]: { state: 'removed', kind: 'blob' } },
  })
  assert.deepEqual(after, { [a]: 'text a', [b]: 'blob b' })
})

test('[FJ3] an id of another folder, and one that is gone for good, are removed again', () => {
  const { after } = judged({
    edit: (entries) => {
      put(entries, a, 'a')
      put(entries, b, 'b')
    },
    known: { [a]: { state: 'elsewhere' }, [b]: { state: 'purged' } },
  })
  assert.deepEqual(after, {})
})

test('[FJ3] a blob that nobody has uploaded is removed again, and takes nobody’s name', () => {
  const { after } = judged({
    edit: (entries) => {
      put(entries, a, 'x', 'blob')
      put(entries, b, 'x')
    },
  })
  assert.deepEqual(after, { [b]: 'text x' })
})

test('[FJ4] what the sender may not do is undone, each for itself', () => {
  const edit = (entries: Y.Map<unknown>) => {
    entries.set(`n|${a}`, 'renamed')
    remove(entries, b)
    put(entries, c, 'new')
  }
  const folder = { [a]: 'a', [b]: 'b' }
  const outcomes: readonly [Partial<FolderRights>, Record<string, string>][] = [
    [{ create: false }, { [a]: 'text renamed' }],
    [{ rename: () => false }, { [a]: 'text a', [c]: 'text new' }],
    [{ remove: () => false }, { [a]: 'text renamed', [b]: 'text b', [c]: 'text new' }],
    [
      { create: false, rename: () => false, remove: () => false },
      { [a]: 'text a', [b]: 'text b' },
    ],
  ]
  for (const [may, after] of outcomes) assert.deepEqual(judged({ folder, edit, may }).after, after)
})

test('[FJ4] where no folders may be created files may, and a folder may come back', () => {
  const { after } = judged({
    edit: (entries) => {
      put(entries, a, 'a', 'folder')
      put(entries, b, 'A')
      put(entries, c, 'c')
    },
    known: { [c]: { state: 'removed', kind: 'folder' } },
    may: { createFolders: false },
  })
  assert.deepEqual(after, { [b]: 'text A', [c]: 'folder c' })
})

test('[FJ4] to bring back is to create', () => {
  const { after } = judged({
    edit: (entries) => put(entries, a, 'a'),
    known: { [a]: { state: 'removed', kind: 'text' } },
    may: { create: false },
  })
  assert.deepEqual(after, {})
})

test('[FJ4] a right may be lacking for one child alone', () => {
  const { after } = judged({
    folder: { [a]: 'a', [b]: 'b' },
    edit: (entries) => {
      remove(entries, a)
      entries.set(`n|${b}`, 'other')
      put(entries, c, 'c', 'folder')
      put(entries, d, 'd', 'folder')
    },
    known: {
      [c]: { state: 'removed', kind: 'folder' },
      [d]: { state: 'removed', kind: 'folder' },
    },
    may: { remove: (id) => id !== a, rename: (id) => id !== b, restore: (id) => id !== c },
  })
  assert.deepEqual(after, { [a]: 'text a', [b]: 'text b', [d]: 'folder d' })
})

test('[FJ4] a name that an undone change had made room for is kept for its owner', () => {
  const { after } = judged({
    folder: { [b]: 'b', [c]: 'c' },
    edit: (entries) => {
      entries.set(`n|${b}`, 'other')
      remove(entries, c)
      put(entries, a, 'b')
      put(entries, d, 'c')
    },
    may: { rename: () => false, remove: () => false },
  })
  assert.deepEqual(after, { [a]: 'text b (2)', [b]: 'text b', [c]: 'text c', [d]: 'text c (2)' })
})

test('[FJ5] a refused name goes back, and on a new child becomes the nearest that is allowed', () => {
  const { after } = judged({
    folder: { [a]: 'a', [b]: 'b_c' },
    edit: (entries) => {
      entries.set(`n|${a}`, 'a/b')
      put(entries, c, 'b/c')
      put(entries, d, '..', 'folder')
    },
  })
  assert.deepEqual(after, {
    [a]: 'text a',
    [b]: 'text b_c',
    [c]: 'text b_c (2)',
    [d]: 'folder Untitled',
  })
})

test('[FJ6] who had a name keeps it, and the later gets the first that is free', () => {
  const { after } = judged({
    folder: { [b]: 'x.md', [c]: 'x (2).md', [d]: 'y' },
    edit: (entries) => {
      put(entries, a, 'X.MD')
      entries.set(`n|${d}`, 'x.md')
    },
  })
  assert.deepEqual(after, {
    [a]: 'text X (3).MD',
    [b]: 'text x.md',
    [c]: 'text x (2).md',
    [d]: 'text x (4).md',
  })
})

test('[FJ6] of several new ones the smaller id gets the name, and nobody else loses one for that', () => {
  const { after } = judged({
    edit: (entries) => {
      put(entries, c, 'x (2)')
      put(entries, b, 'x')
      put(entries, a, 'x')
    },
  })
  assert.deepEqual(after, { [a]: 'text x', [b]: 'text x (3)', [c]: 'text x (2)' })
})

test('[FJ6] a name that someone asked for goes before one that a rule makes', () => {
  const { after } = judged({
    edit: (entries) => {
      put(entries, a, 'x/y')
      put(entries, b, 'x_y')
    },
  })
  assert.deepEqual(after, { [a]: 'text x_y (2)', [b]: 'text x_y' })
})

test('[FJ7] keys that name no child, and values that are none, are dropped', () => {
  const { after, keys } = judged({
    edit: (entries) => {
      entries.set('other', 'x')
      put(entries, a, 1, 'text')
      put(entries, b, 'b', 'socket')
      put(entries, c.toUpperCase().replaceAll('0', 'A'), 'c')
    },
  })
  assert.deepEqual(after, {})
  assert.deepEqual(keys, [`k|${a}`, `n|${b}`])
})

test('[FJ7] a child whose entry is no name or kind any more goes back to what it was', () => {
  for (const [key, value] of [
    [`n|${a}`, 7],
    [`k|${a}`, 'socket'],
    [`k|${a}`, null],
  ] as const) {
    const { after } = judged({ folder: { [a]: 'a' }, edit: (entries) => entries.set(key, value) })
    assert.deepEqual(after, { [a]: 'text a' })
  }
})

test('[FJ7] half of a child is none, and is left alone', () => {
  const { edits, after } = judged({
    folder: { [a]: 'a' },
    edit: (entries) => {
      entries.delete(`k|${a}`)
      entries.set(`n|${b}`, 'con')
      entries.set(`k|${c}`, 'blob')
    },
  })
  assert.deepEqual(edits, [])
  assert.deepEqual(after, {})
})

test('[FJ9] ten thousand children of one name in a folder of as many are named without trying each name', () => {
  const replica = new FolderReplica()
  const state = (from: number, count: number, nameAt: (at: number) => string) =>
    createFolderState(
      new Map(
        Array.from({ length: count }, (_, at): [string, { name: string; kind: ChildKind }] => [
          childId(from + at),
          { name: nameAt(at), kind: 'text' },
        ]),
      ),
      from,
    )
  replica.apply(state(1, 10_000, (at) => `x (${at + 2})`))
  for (const [from, nameAt] of [
    [20_000, () => 'x (2)'],
    [40_000, (at: number) => `${at % 2 ? 'x' : 'X'} (${at + 2})`],
    [60_000, (at: number) => `${'é'.repeat(121)}${at + 10_000}`],
    [80_000, (at: number) => `${'é'.repeat(121)}${at + 10_000}`],
  ] as const) {
    const delta = replica.apply(state(from, 10_000, nameAt))
    assert.equal(broughtIds(delta).length, 10_000)
    const cpuMs = startCpuTimer()
    const edits = judgeFolder({ folder: replica, delta, known: new Map(), may: all })
    assert.ok(cpuMs() < 3_000)
    replica.edit(edits)
    const keys = new Set(Array.from(replica.view.values(), ({ name }) => name.toLowerCase()))
    assert.equal(keys.size, replica.view.size)
  }
})

test('[FJ9] a rename costs the same in a large folder as in a small one', () => {
  const replica = new FolderReplica()
  const children = Array.from({ length: 50_000 }, (_, at): [string, FolderChild] => [
    childId(at),
    { name: `file ${at}.md`, kind: 'text' },
  ])
  replica.apply(createFolderState(new Map(children), 1))
  const author = new Y.Doc()
  Y.applyUpdate(author, Y.encodeStateAsUpdate(replica.doc))
  const updates: Uint8Array[] = []
  author.on('update', (update: Uint8Array) => updates.push(update))
  for (let at = 0; at < 1_000; at += 1)
    author.getMap(childrenRootName).set(`n|${childId(at)}`, `file ${at + 1}.md`)
  const cpuMs = startCpuTimer()
  for (const update of updates) {
    const delta = replica.apply(update)
    const edits = judgeFolder({ folder: replica, delta, known: new Map(), may: all })
    assert.equal(edits.length, 1)
    replica.edit(edits)
  }
  assert.ok(cpuMs() < 1_000)
})
