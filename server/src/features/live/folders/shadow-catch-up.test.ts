import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createFolderState, type FolderChild } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { inTransaction } from '#platform/db/transaction.ts'
import { openTestDatabase } from '../../../../testing/test-database.ts'
import { openTestSeals } from '../../../../testing/test-keys.ts'
import { ShadowFolders, type ShadowFolder } from './shadow-folders.ts'

/** A folder into whose log another server writes. */
async function openFolder() {
  const db = await openTestDatabase()
  const { kysely, pool } = db.database
  const id = uuidv7() as NodeId
  const seals = await openTestSeals(db.database)
  const shadows = new ShadowFolders({ maxBytes: 512 * 1024 * 1024, seals })
  await pool.query(
    `WITH space AS (INSERT INTO spaces (id, name, kind, root_id) VALUES ($1, 'space', 'team', $2))
     INSERT INTO nodes (id, space_id, name, name_key, kind, rev) VALUES ($2, $1, '', '', 'folder', 1)`,
    [uuidv7(), id],
  )
  await kysely.insertInto('documents').values({ id }).execute()
  let seq = 0
  return {
    async append(childCount: number) {
      seq += 1
      const state = createFolderState(childrenOf(seq, childCount), seq)
      const { bytes, keyId } = seals.seal(id, 'update', state)
      await kysely
        .insertInto('update_log')
        .values({ document_id: id, seq, author_id: null, payload: bytes, key_id: keyId })
        .execute()
      await kysely.updateTable('documents').set({ seq }).where('id', '=', id).execute()
    },
    async open(): Promise<ShadowFolder> {
      let shadow: ShadowFolder | undefined
      await inTransaction(db.database, async (tx) => {
        shadow = await shadows.open(tx, id, { epoch: 1, seq })
      })
      return shadow as ShadowFolder
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}

function childrenOf(seq: number, count: number): Map<string, FolderChild> {
  return new Map(
    Array.from({ length: count }, (_, index) => [
      uuidv7(),
      { name: `file ${seq}-${index}.md`, kind: 'text' },
    ]),
  )
}

suite('shadows that other servers have overtaken', () => {
  test('take small updates that another server has logged', async () => {
    await using folder = await openFolder()
    const before = await folder.open()
    await folder.append(1)
    await folder.append(2)
    const after = await folder.open()
    assert.equal(after, before)
    assert.equal(after.folder.view.size, 3)
    assert.equal(after.seq, 2)
  })

  test('are loaded anew, turn by turn, where a large update would hold up everybody', async () => {
    await using folder = await openFolder()
    const before = await folder.open()
    await folder.append(20_000)
    const after = await folder.open()
    assert.notEqual(after, before)
    assert.equal(after.folder.view.size, 20_000)
    assert.equal(after.seq, 1)
  })
})
