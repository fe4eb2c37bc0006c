import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { suite, test } from 'node:test'
import type { Node, NodeId, SpaceId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { recountNext } from '#features/spaces/index.ts'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { bytesOf, usageOf } from '../testing/test-quota.ts'
import { TestTree } from '../testing/test-tree.ts'

const dayMs = 24 * 3_600_000

/** What a person would say that a space holds. */
interface ModelFile {
  tree: TestTree
  isTrashed: boolean
  /** Of a blob, by number; of a text, what it holds now. */
  readonly versions: Map<number, number>
}

/** mulberry32: every run of a seed is the same. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const server = sharedByTests(await openTestFiles())

suite('what a space holds', () => {
  /** Random changes of blobs, in two spaces, beside a model of them. */
  class Run {
    readonly random: (below: number) => number
    readonly trees: readonly TestTree[]
    readonly files = new Map<string, ModelFile>()
    readonly done: string[] = []
    #fill = 0

    constructor(seed: number, trees: readonly TestTree[]) {
      this.random = randomOf(seed)
      this.trees = trees
    }

    async step(): Promise<void> {
      const steps = [
        'make',
        'make',
        'put',
        'put',
        'put',
        'trash',
        'restore',
        'purge',
        'move',
        'copy',
      ] as const
      const step = steps[this.random(steps.length)] ?? 'make'
      const live = [...this.files].filter(([, file]) => !file.isTrashed)
      const trashed = [...this.files].filter(([, file]) => file.isTrashed)
      const [id, file] = pick(step === 'restore' || step === 'purge' ? trashed : live, this.random)
      this.done.push(`${step} ${id ?? ''}`)
      if (step === 'make' || !id || !file) return this.#make()
      switch (step) {
        case 'put': {
          const size = this.random(5_000) + 2
          await server.ada.put(`/nodes/${id}/content`, this.#bytes(size))
          file.versions.set(Math.max(...file.versions.keys()) + 1, size)
          return
        }
        case 'trash':
          assert.equal(await file.tree.trash(id), 'ok')
          file.isTrashed = true
          return
        case 'restore':
          assert.equal(await file.tree.restore(id), 'ok')
          file.isTrashed = false
          return
        case 'purge':
          assert.equal(await file.tree.purge(id), 'ok')
          this.files.delete(id)
          return
        case 'move': {
          const to = this.trees[this.random(this.trees.length)] ?? file.tree
          assert.equal(await file.tree.move(id, to.rootId, { ifTaken: 'rename' }), 'ok')
          file.tree = to
          return
        }
        case 'copy': {
          const tree = this.trees[this.random(this.trees.length)] ?? file.tree
          const body = { parentId: tree.rootId, ifTaken: 'rename' }
          const made = await server.ada.post<Node>(`/nodes/${id}/copies`, body)
          const size = file.versions.get(Math.max(...file.versions.keys())) ?? 0
          this.files.set(made.id, { tree, isTrashed: false, versions: new Map([[1, size]]) })
        }
      }
    }

    async #make(): Promise<void> {
      const tree = this.trees[this.random(this.trees.length)]
      if (!tree) return
      const size = this.random(5_000) + 2
      const file = { parentId: tree.rootId, name: `${this.done.length}.bin` }
      const answer = await server.ada.upload(file, this.#bytes(size))
      const { id } = (await answer.json()) as Node
      this.files.set(id, { tree, isTrashed: false, versions: new Map([[1, size]]) })
    }

    /** Never the same twice in a row. */
    #bytes(size: number) {
      this.#fill = (this.#fill + 1) % 251
      return bytesOf(size, this.#fill)
    }

    async check(): Promise<void> {
      for (const tree of this.trees) {
        let expected = 0
        for (const file of this.files.values())
          if (file.tree === tree) for (const size of file.versions.values()) expected += size
        assert.equal(await usageOf(server.ada, tree.spaceId), expected, this.done.join('\n'))
      }
    }
  }

  for (const seed of [1, 2, randomInt(1_000_000)])
    test(`is what a model says, after any changes (seed ${seed})`, async () => {
      const run = new Run(seed, [await TestTree.open(server), await TestTree.open(server)])
      for (let count = 0; count < 60; count++) {
        await run.step()
        await run.check()
      }
      assert.deepEqual(await findTreeFaults(server.db.kysely), [])
      // Of each file, the hour's last version is left.
      server.clock.advance(2 * dayMs)
      assert.ok((await server.files.pruneVersions()) > 0)
      assert.deepEqual(await findTreeFaults(server.db.kysely), [])
    })

  test('follows texts as they are typed, folded, sealed and begun anew', async () => {
    const tree = await TestTree.open(server)
    const faults = () => findTreeFaults(server.db.kysely, tree.spaceId)
    const id = await tree.text('words.md', tree.rootId, 'some words\n')
    for (let count = 0; count < 20; count++)
      await server.ada.put(`/nodes/${id}/content`, `words ${'and words '.repeat(count)}\n`)
    await server.files.flushTouches()
    assert.deepEqual(await faults(), [])
    const before = await usageOf(server.ada, tree.spaceId)
    assert.ok((await server.live.compactor.compact(id as NodeId)) > 0)
    assert.ok(
      (await usageOf(server.ada, tree.spaceId)) > before,
      'the log counts when it is folded',
    )
    assert.deepEqual(await faults(), [])
    await server.ada.put(`/nodes/${id}/content`, bytesOf(300))
    await server.ada.put(`/nodes/${id}/content`, 'a text again')
    assert.deepEqual(await faults(), [])
    const other = await TestTree.open(server)
    assert.equal(await tree.move(id, other.rootId), 'ok')
    assert.equal(await usageOf(server.ada, tree.spaceId), 0)
    assert.deepEqual(await findTreeFaults(server.db.kysely, other.spaceId), [])
    await sql`UPDATE history_segments SET started_at = started_at - interval '99 days',
      ended_at = ended_at - interval '99 days' WHERE document_id = ${id}`.execute(server.db.kysely)
    await server.live.compactor.expireHistory()
    assert.deepEqual(await findTreeFaults(server.db.kysely, other.spaceId), [])
    await other.trash(id)
    await other.purge(id)
    assert.equal(await usageOf(server.ada, other.spaceId), 0)
  })

  test('is counted again from time to time, and mended where it was wrong', async () => {
    const tree = await TestTree.open(server)
    await tree.text('words.md', tree.rootId, 'twelve bytes')
    const { kysely } = server.db
    await kysely
      .updateTable('spaces')
      .set({ used_bytes: 999, usage_counted_at: new Date(0) })
      .where('id', '=', tree.spaceId as SpaceId)
      .execute()
    const now = server.clock.now()
    const before = new Date(1)
    const counted = await recountNext(server.db, { now, before })
    assert.deepEqual(counted, { spaceId: tree.spaceId, driftBytes: 12 - 999 })
    assert.equal(await usageOf(server.ada, tree.spaceId), 12)
    assert.equal(await recountNext(server.db, { now, before }), undefined)
  })
})

function pick<Item extends readonly [string, ModelFile]>(
  items: readonly Item[],
  random: (below: number) => number,
): Item | readonly [undefined, undefined] {
  return items.length === 0 ? [undefined, undefined] : (items[random(items.length)] as Item)
}
