import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import type { Node, NodeId } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { type HeardChange, TreeStore } from './tree-store.ts'

const root = 'root' as NodeId
const other = 'other' as NodeId
const names = (store: TreeStore, folder = root) =>
  store
    .view(folder, 'all')
    .nodes.map(({ name }) => name)
    .toSorted()

function list(store: TreeStore, nodes: readonly Node[], folder = root, startSeq = 0) {
  const listing = store.beginListing(folder, 'all', startSeq)
  store.addPage(listing, nodes)
  store.endListing(listing)
}

suite('tree store', () => {
  test('what was heard later stays, whichever came first', () => {
    const store = new TreeStore()
    const renamed = makeNode('new', { id: 'a' as NodeId, seq: 5 })
    store.apply([{ type: 'node', seq: 5, node: renamed }])
    list(store, [makeNode('old', { id: 'a' as NodeId, seq: 3 })])
    assert.deepEqual(names(store), ['new'])
  })

  test('an older page does not bring back what is gone', () => {
    const store = new TreeStore()
    store.apply([{ type: 'gone', seq: 7, id: 'a' as NodeId }])
    list(store, [makeNode('a', { id: 'a' as NodeId, seq: 6 })])
    assert.deepEqual(names(store), [])
    store.put([makeNode('a', { id: 'a' as NodeId, seq: 8 })])
    assert.deepEqual(names(store), ['a'], 'a newer state does')
  })

  test('moves and the trash take a node out of its folder', () => {
    const store = new TreeStore()
    list(store, [makeNode('a', { seq: 1 }), makeNode('b', { seq: 2 })])
    store.put([makeNode('a', { seq: 3, parentId: other })])
    store.put([makeNode('b', { seq: 4, trashedAt: '2026-11-01T00:00:00.000Z' })])
    assert.deepEqual(names(store), [])
    assert.deepEqual(names(store, other), ['a'])
  })

  test('a second listing drops what it does not name, unless that is newer', () => {
    const store = new TreeStore()
    list(store, [makeNode('a', { seq: 1 }), makeNode('b', { seq: 2 })])
    store.put([makeNode('c', { seq: 9 })])
    list(store, [makeNode('b', { seq: 2 })], root, 5)
    assert.deepEqual(names(store), ['b', 'c'])
  })

  test('a folder that has become private to others is known by its name alone, and what was below it is not', () => {
    const store = new TreeStore()
    const secret = makeNode('secret', { kind: 'folder', seq: 3 })
    const inner = makeNode('inner', { kind: 'folder', seq: 4, parentId: secret.id })
    const text = makeNode('diary', { seq: 5, parentId: inner.id })
    const closed = { ...secret, isReadable: false, inherits: false, seq: 0 }
    list(store, [secret])
    list(store, [inner], secret.id)
    list(store, [text], inner.id)
    store.apply([{ type: 'node', seq: 8, node: closed }])
    assert.equal(store.node(secret.id)?.isReadable, false)
    assert.deepEqual([store.node(inner.id), store.node(text.id)], [undefined, undefined])
    assert.equal(store.isComplete(secret.id, 'all'), false)
    store.put([{ ...secret, seq: 3 }])
    assert.equal(store.node(secret.id)?.isReadable, true, 'a grant has let this person in')
    list(store, [inner], secret.id, 8)
    list(store, [closed], root, 9)
    assert.equal(store.node(secret.id)?.isReadable, false, 'and was taken back')
    assert.deepEqual(names(store, secret.id), [])
  })

  test('a pending rename shows at once and goes when it is taken off', () => {
    const store = new TreeStore()
    list(store, [makeNode('a', { seq: 1 })])
    const revert = store.overlay([{ kind: 'rename', id: makeNode('a').id, name: 'z' }])
    assert.deepEqual(names(store), ['z'])
    assert.equal(store.isPending(makeNode('a').id), true)
    revert()
    assert.deepEqual(names(store), ['a'])
  })

  test('a pending move shows in the other folder, and follows what the server says meanwhile', () => {
    const store = new TreeStore()
    list(store, [makeNode('a', { seq: 1 })])
    list(store, [], other)
    const { id } = makeNode('a')
    const settle = store.overlay([{ kind: 'move', id, parentId: other }])
    assert.deepEqual([names(store), names(store, other)], [[], ['a']])
    store.put([makeNode('b', { id, seq: 2 })])
    assert.deepEqual([names(store), names(store, other)], [[], ['b']])
    store.put([makeNode('b', { id, seq: 3, parentId: other })])
    settle()
    assert.deepEqual([names(store), names(store, other)], [[], ['b']])
  })

  test('a node that is being made is there once, also when the feed is faster than the answer', () => {
    const store = new TreeStore()
    list(store, [])
    const draft = makeNode('new')
    const settle = store.overlay([{ kind: 'create', node: draft }])
    assert.deepEqual(names(store), ['new'])
    store.put([{ ...draft, seq: 4 }])
    assert.deepEqual(names(store), ['new'])
    settle()
    assert.deepEqual(names(store), ['new'])
  })

  test('a view stays the same object until something in it changes', () => {
    const store = new TreeStore()
    list(store, [makeNode('a', { seq: 1 })])
    const before = store.view(root, 'all')
    store.put([makeNode('far away', { parentId: other, seq: 2 })])
    store.put([makeNode('a', { seq: 1 })])
    assert.equal(store.view(root, 'all'), before)
    store.put([makeNode('a', { seq: 3, name: 'b' })])
    assert.notEqual(store.view(root, 'all'), before)
  })
})

/** A server with folders, a feed and answers that arrive when the test lets them. */
class SimulatedServer {
  readonly nodes = new Map<NodeId, Node>()
  readonly gone = new Map<NodeId, number>()
  readonly folders = ['root', 'one', 'two'].map((id) => id as NodeId)
  seq = 0
  #count = 0
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)]
  }

  /** A change by somebody; gives the node as it is then. */
  change(): Node | undefined {
    const live = [...this.nodes.values()]
    const what = this.#random()
    if (what < 0.4 || live.length === 0) {
      const id = `n${this.#count++}` as NodeId
      return this.write(makeNode(String(id), { id, parentId: this.pick(this.folders) ?? root }))
    }
    const node = this.pick(live)
    if (!node) return undefined
    if (what < 0.6) return this.write({ ...node, name: `${node.name}'` })
    if (what < 0.8) return this.write({ ...node, parentId: this.pick(this.folders) ?? root })
    if (what < 0.93) {
      return this.write({ ...node, trashedAt: node.trashedAt ? null : '2026-11-02T00:00:00.000Z' })
    }
    this.nodes.delete(node.id)
    this.gone.set(node.id, ++this.seq)
    return undefined
  }

  write(node: Node): Node {
    const written = { ...node, seq: ++this.seq }
    this.nodes.set(node.id, written)
    return written
  }

  children(folder: NodeId): Node[] {
    return [...this.nodes.values()]
      .filter(({ parentId, trashedAt }) => parentId === folder && trashedAt === null)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  changesAfter(cursor: number, limit: number): { changes: HeardChange[]; cursor: number } {
    const changes: HeardChange[] = [
      ...[...this.nodes.values()].map((node) => ({ type: 'node' as const, seq: node.seq, node })),
      ...[...this.gone].map(([id, seq]) => ({ type: 'gone' as const, seq, id })),
    ]
      .filter(({ seq }) => seq > cursor)
      .toSorted((a, b) => a.seq - b.seq)
      .slice(0, limit)
    return { changes, cursor: changes.at(-1)?.seq ?? Math.max(cursor, this.seq) }
  }
}

/** Listings, the feed, commands and their answers in any order; returns what store and server hold. */
function runRandomly(seed: number) {
  const random = seededRandom(seed)
  const server = new SimulatedServer(random)
  for (let count = 0; count < 12; count++) server.change()
  const store = new TreeStore()
  let cursor = server.seq
  const listings = new Map<NodeId, { step: () => boolean }>()
  const late: (() => void)[] = []

  const beginListing = (folder: NodeId) => {
    const listing = store.beginListing(folder, 'all', cursor)
    let after = ''
    listings.set(folder, {
      step: () => {
        // A page as of now, by name, as the server's cursor works; it may arrive much later.
        const rest = server.children(folder).filter(({ name }) => name > after)
        const page = rest.slice(0, 3)
        after = page.at(-1)?.name ?? after
        store.addPage(listing, page)
        if (rest.length > 3) return true
        store.endListing(listing)
        return false
      },
    })
  }
  const pull = (limit: number) => {
    const answer = server.changesAfter(cursor, limit)
    store.apply(answer.changes)
    cursor = answer.cursor
  }
  const command = () => {
    const node = server.pick([...server.nodes.values()].filter(({ id }) => store.node(id)))
    if (!node) return
    const to = server.pick(server.folders) ?? root
    const settle = store.overlay([{ kind: 'move', id: node.id, parentId: to }])
    const isRefused = random() < 0.3
    late.push(() => {
      const now = server.nodes.get(node.id)
      const answer = isRefused || !now ? undefined : server.write({ ...now, parentId: to })
      late.push(() => {
        if (answer) store.put([answer])
        settle()
      })
    })
  }
  for (const folder of server.folders) beginListing(folder)
  for (let step = 0; step < 150; step++) {
    const what = random()
    const folder = server.pick(server.folders) ?? root
    if (what < 0.3) server.change()
    else if (what < 0.55) {
      if (listings.get(folder)?.step() === false) listings.delete(folder)
    } else if (what < 0.7) pull(1 + Math.floor(random() * 4))
    else if (what < 0.8) command()
    else if (what < 0.95) late.splice(Math.floor(random() * late.length), 1)[0]?.()
    else if (!listings.has(folder)) beginListing(folder)
  }
  while (late.length > 0) late.shift()?.()
  for (const listing of listings.values()) while (listing.step());
  for (let before = -1; before !== cursor;) {
    before = cursor
    pull(3)
  }
  return { store, server }
}

test('in whatever order pages, changes, commands and answers come, the store ends as the server', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const { store, server } = runRandomly(seed)
    for (const folder of server.folders) {
      assert.deepEqual(
        names(store, folder),
        server
          .children(folder)
          .map(({ name }) => name)
          .toSorted(),
        `seed ${seed}, ${folder}`,
      )
      assert.equal(store.view(folder, 'all').isComplete, true)
    }
  }
})
