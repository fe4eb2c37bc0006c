import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { FolderReplica } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { inTransaction } from '#platform/db/transaction.ts'
import { openTestDatabase, type TestDatabase } from '../../../../testing/test-database.ts'
import { openTestSeals } from '../../../../testing/test-keys.ts'
import type { DocumentSeals } from '../document-seals.ts'
import { ShadowFolders, type ShadowFolder } from './shadow-folders.ts'

suite('shadows of folders', () => {
  let database: TestDatabase
  let seals: DocumentSeals
  before(async () => {
    database = await openTestDatabase()
    seals = await openTestSeals(database.database)
  })
  after(() => database[Symbol.asyncDispose]())

  /** A folder that no row tells of, so that it cannot be loaded again. */
  function shadowOf(children: number): { id: NodeId; shadow: ShadowFolder } {
    const folder = new FolderReplica()
    const edits = Array.from({ length: children }, (_, index) => ({
      type: 'put' as const,
      id: uuidv7(),
      name: `Some document ${index}.md`,
      kind: 'text' as const,
    }))
    folder.edit(edits)
    const tail = { rows: 0, bytes: 0 }
    const shadow = { folder, epoch: 1, seq: 0, tail, checkpointBytes: 0, isClaimed: false }
    return { id: uuidv7() as NodeId, shadow }
  }

  async function isKept(shadows: ShadowFolders, id: NodeId): Promise<boolean> {
    try {
      await inTransaction(database.database, (tx) => shadows.open(tx, id, { epoch: 1, seq: 0 }))
      return true
    } catch (error) {
      assert.match(String(error), /has no document/)
      return false
    }
  }

  test('lie side by side, though some folders are very large', async () => {
    const shadows = new ShadowFolders({ maxBytes: 512 * 1024 * 1024, seals })
    const folders = [shadowOf(100_000), shadowOf(100_000), shadowOf(100_000), shadowOf(1)]
    for (const { id, shadow } of folders) shadows.keep(id, shadow)
    for (const { id } of folders) assert.ok(await isKept(shadows, id))
  })

  test('are given up when they take too much, the least recently used first', async () => {
    const shadows = new ShadowFolders({ maxBytes: 3_000_000, seals })
    const [one, two, three] = [shadowOf(1_000), shadowOf(1_000), shadowOf(1_000)]
    shadows.keep(one.id, one.shadow)
    shadows.keep(two.id, two.shadow)
    assert.ok(await isKept(shadows, one.id))
    shadows.keep(three.id, three.shadow)
    assert.ok(!(await isKept(shadows, two.id)))
    for (const { id } of [one, three]) assert.ok(await isKept(shadows, id))
  })

  test('are counted as they grow, with what was removed from them', async () => {
    const shadows = new ShadowFolders({ maxBytes: 2_000_000, seals })
    const [one, two] = [shadowOf(1), shadowOf(1_000)]
    shadows.keep(one.id, one.shadow)
    shadows.keep(two.id, two.shadow)
    assert.ok(await isKept(shadows, one.id))
    const { folder } = two.shadow
    folder.edit([...folder.view.keys()].map((id) => ({ type: 'remove', id })))
    folder.edit(
      [...shadowOf(1_500).shadow.folder.view].map(([id, child]) => ({ type: 'put', id, ...child })),
    )
    shadows.keep(two.id, two.shadow)
    assert.ok(!(await isKept(shadows, one.id)))
    assert.ok(await isKept(shadows, two.id))
  })

  test('are given up by thousands though nothing is in them', async () => {
    const shadows = new ShadowFolders({ maxBytes: 1_000_000, seals })
    const empty = Array.from({ length: 1_000 }, () => shadowOf(0))
    for (const { id, shadow } of empty) shadows.keep(id, shadow)
    assert.ok(shadows.bytes <= 1_000_000)
    assert.ok(!(await isKept(shadows, empty[0]?.id ?? ('' as NodeId))))
  })

  test('keep the one that was used last, however large it is', async () => {
    const shadows = new ShadowFolders({ maxBytes: 1_000, seals })
    const { id, shadow } = shadowOf(1_000)
    shadows.keep(id, shadow)
    assert.ok(await isKept(shadows, id))
    shadows.discard(id)
    assert.equal(shadows.bytes, 0)
  })
})
