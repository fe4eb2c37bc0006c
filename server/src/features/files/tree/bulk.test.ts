import assert from 'node:assert/strict'
import { afterEach, suite, test } from 'node:test'
import type { BulkResponse, Me } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'

const server = sharedByTests(await openTestFiles())

suite('a bulk request', () => {
  afterEach(async () => assert.deepEqual(await findTreeFaults(server.db.kysely), []))

  test('makes a folder and what is in it, and gives the same when it comes again', async () => {
    const tree = await TestTree.open(server)
    const [folder, inner, text] = [uuidv7(), uuidv7(), uuidv7()]
    const operations = [
      { type: 'create', id: folder, parentId: tree.rootId, name: 'a', kind: 'folder' },
      { type: 'create', id: inner, parentId: folder, name: 'b', kind: 'folder' },
      { type: 'create', id: text, parentId: inner, name: 'c.md', kind: 'text' },
    ]
    const first = await tree.bulk(operations)
    assert.equal(await tree.path(text), 'a/b/c.md')
    const again = await tree.bulk(operations)
    assert.deepEqual(again.results, first.results)
    const more = { type: 'create', parentId: inner, name: 'd.md', kind: 'text' }
    assert.deepEqual(await tree.bulkCodes([...operations, more]), ['ok', 'ok', 'ok', 'ok'])
  })

  test('answers with each node as it is from then on', async () => {
    const tree = await TestTree.open(server)
    const [folder, text, moved, back] = [
      await tree.folder('a'),
      await tree.text('a.md'),
      await tree.text('b.md'),
      await tree.text('c.md'),
    ]
    const elsewhere = await TestTree.open(server)
    const within = [
      { type: 'move', id: text, name: 'renamed.md' },
      { type: 'move', id: text, parentId: folder },
      { type: 'move', id: moved, parentId: folder, name: 'moved.md' },
      { type: 'trash', id: back },
      { type: 'restore', id: back },
      { type: 'create', parentId: folder, name: 'made.md', kind: 'text' },
    ]
    // What goes to another space is read anew, and with it all else.
    const across = [
      { type: 'move', id: back, name: 'first.md' },
      { type: 'move', id: folder, parentId: elsewhere.rootId },
    ]
    for (const operations of [within, across]) {
      const { results } = await tree.bulk(operations)
      for (const [at, result] of results.entries()) {
        assert.ok(result.ok, `operation ${at}`)
        assert.deepEqual(result.node, await server.ada.get(`/nodes/${result.node.id}`))
      }
    }
  })

  test('has one result for each of a thousand operations, which fail alone', async () => {
    const tree = await TestTree.open(server)
    const operations = Array.from({ length: 1000 }, (_, index) => ({
      type: 'create',
      parentId: tree.rootId,
      // Every tenth name is that of the one before.
      name: `f${index % 10 === 9 ? index - 1 : index}`,
      kind: index % 3 === 0 ? 'text' : 'folder',
    }))
    const codes = await tree.bulkCodes(operations)
    assert.deepEqual(
      codes,
      operations.map((_, index) => (index % 10 === 9 ? 'name_taken' : 'ok')),
    )
    const { items } = await tree.changes(0)
    assert.equal(items.length, 901)
  })

  test('is refused as a whole above a thousand operations', async () => {
    const tree = await TestTree.open(server)
    const operation = { type: 'create', parentId: tree.rootId, name: 'a', kind: 'folder' }
    const operations = Array.from({ length: 1001 }, () => operation)
    assert.equal(await tree.code('POST', '/nodes/bulk', { operations }), 'bad_request')
    assert.deepEqual(await tree.names(), [])
  })

  test('says of each operation why it failed', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const inner = await tree.folder('inner', a)
    const text = await tree.text('a.md')
    const missing = uuidv7()
    const codes = await tree.bulkCodes([
      { type: 'move', id: a, parentId: inner },
      { type: 'move', id: text, name: 'a/b' },
      { type: 'trash', id: missing },
      { type: 'restore', id: tree.rootId },
      { type: 'create', parentId: text, name: 'x', kind: 'text' },
      { type: 'create', parentId: a, name: 'x', kind: 'blob' },
      { type: 'trash', id: a },
      { type: 'move', id: text, parentId: a },
      { type: 'create', parentId: a, name: 'late', kind: 'text' },
      { type: 'restore', id: a },
      { type: 'move', id: text, parentId: inner },
    ])
    assert.deepEqual(codes.slice(0, 5), [
      'would_cycle',
      'invalid_name',
      'not_found',
      'bad_request',
      'bad_request',
    ])
    assert.deepEqual(codes.slice(6), ['ok', 'trashed', 'trashed', 'ok', 'ok'])
    assert.equal(await tree.path(text), 'a/inner/a.md')
  })

  test('gives nobody what another has made under an id that it claims to make', async () => {
    const eve = await server.addUser('eve')
    const tree = await TestTree.open(server, { eve: 'viewer' })
    const mine = new TestTree(server, { id: '', rootId: await eve.rootId() }, eve)
    const secret = await tree.folder('secret')
    const trashed = await tree.text('trashed.md')
    await tree.trash(trashed)
    const claim = (id: string) => ({
      type: 'create',
      id,
      parentId: mine.rootId,
      name: `claim ${id}`,
      kind: 'folder',
    })
    const codes = await mine.bulkCodes([
      claim(trashed),
      { type: 'restore', id: trashed },
      claim(secret),
      { type: 'create', parentId: secret, name: 'planted', kind: 'text' },
      { type: 'move', id: secret, parentId: mine.rootId },
      { type: 'trash', id: secret },
    ])
    assert.deepEqual(codes, [
      'id_taken',
      'forbidden',
      'id_taken',
      'forbidden',
      'forbidden',
      'forbidden',
    ])
    assert.equal((await tree.node(trashed)).spaceId, tree.spaceId)
    assert.deepEqual(await tree.names(), ['secret'])
  })

  test('asks the database as often for many operations as for few, when all are refused too', async () => {
    const fay = await server.addUser('fay')
    const tree = await TestTree.open(server, { fay: 'viewer' })
    const made = await tree.bulk(
      Array.from({ length: 200 }, (_, index) => ({
        type: 'create',
        parentId: tree.rootId,
        name: `f${index}`,
        kind: 'folder',
      })),
    )
    const there = made.results.flatMap((result) => (result.ok ? [result.node.id] : []))
    assert.equal(there.length, 200)
    const viewer = tree.as(fay)
    for (const { ids, code } of [
      { ids: there, code: 'forbidden' },
      { ids: Array.from({ length: 200 }, () => uuidv7()), code: 'not_found' },
    ])
      for (const change of [{ type: 'trash' }, { type: 'restore' }, { type: 'move', name: 'x' }]) {
        let count = 0
        const note = () => (count += 1)
        server.db.pool.on('acquire', note)
        const codes = await viewer.bulkCodes(ids.map((id) => ({ ...change, id })))
        server.db.pool.off('acquire', note)
        assert.deepEqual(new Set(codes), new Set([code]))
        assert.ok(count < 30, `${count} queries for ${change.type}, ${code}`)
      }
  })

  test('gives nobody what they have made themselves and may use no longer', async () => {
    const [bob, carol] = [await server.addUser('bob'), await server.addUser('carol')]
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
    const [manager, maker] = [owner.as(bob), owner.as(carol)]
    const { rootId } = owner
    const [x, other] = [await maker.folder('x'), await maker.text('other.md')]
    const t = await maker.text('t.md', x, 'words')
    const isPrivate = { inherits: false }
    assert.equal(await manager.code('PUT', `/nodes/${x}/inheritance`, isPrivate), 'ok')
    const body = { id: x, parentId: rootId, name: 'x', kind: 'folder' }
    const makeX = { type: 'create', ...body }
    const makeT = { type: 'create', id: t, parentId: x, name: 't.md', kind: 'text' }
    const copyAsT = { type: 'copy', id: other, copyId: t, parentId: x }
    const takeT = { type: 'move', id: t, parentId: rootId }
    for (const operations of [
      [makeX, makeT, takeT],
      [makeX, copyAsT, takeT],
      [makeX, { type: 'trash', id: x }],
      [makeX, { type: 'move', id: x, name: 'mine' }],
      [makeX, { type: 'create', parentId: x, name: 'planted.md', kind: 'text' }],
      [makeX, { type: 'move', id: other, parentId: x }],
    ])
      assert.deepEqual(
        await maker.bulkCodes(operations),
        operations.map(() => 'not_found'),
      )
    for (const key of [undefined, uuidv7()])
      assert.equal(await maker.code('POST', '/nodes', body, key), 'not_found')
    const copyBody = { id: t, parentId: x }
    assert.equal(await maker.code('POST', `/nodes/${other}/copies`, copyBody), 'not_found')
    assert.equal(await maker.code('GET', `/nodes/${t}/content`), 'not_found')
    assert.equal(await manager.path(t), 'x/t.md')
    assert.deepEqual(await manager.names(x), ['t.md'])
    assert.deepEqual(await manager.names(), ['other.md', 'x'])
  })

  test('that comes several times at once makes what it makes once', async () => {
    const tree = await TestTree.open(server)
    for (let round = 0; round < 5; round++) {
      const [folder, text] = [uuidv7(), uuidv7()]
      const operations = [
        { type: 'create', id: folder, parentId: tree.rootId, name: `f${round}`, kind: 'folder' },
        { type: 'create', id: text, parentId: folder, name: 'a.md', kind: 'text' },
        { type: 'move', id: text, name: 'b.md' },
      ]
      const codes = await Promise.all(Array.from({ length: 4 }, () => tree.bulkCodes(operations)))
      assert.equal(await tree.path(text), `f${round}/b.md`)
      for (const each of codes) assert.deepEqual([each[0], each[2]], ['ok', 'ok'])
    }
  })

  test('moves a node several times, each from where it was left', async () => {
    const tree = await TestTree.open(server)
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    const text = await tree.text('a.md')
    const codes = await tree.bulkCodes([
      { type: 'move', id: text, parentId: a },
      { type: 'move', id: text, parentId: b, name: 'b.md' },
      { type: 'move', id: a, parentId: b },
      { type: 'move', id: text, parentId: a },
    ])
    assert.deepEqual(codes, ['ok', 'ok', 'ok', 'ok'])
    assert.equal(await tree.path(text), 'b/a/b.md')
  })

  test('with a key gives the same answer again, and refuses another request with that key', async () => {
    const tree = await TestTree.open(server)
    const key = uuidv7()
    const body = (name: string) => ({
      operations: [{ type: 'create', parentId: tree.rootId, name, kind: 'folder' }],
    })
    const first = await tree.ask('POST', '/nodes/bulk', body('a'), key)
    assert.deepEqual(await tree.ask('POST', '/nodes/bulk', body('a'), key), first)
    assert.equal(await tree.code('POST', '/nodes/bulk', body('b'), key), 'idempotency_mismatch')
    assert.deepEqual(await tree.names(), ['a'])
  })

  test('with a key is tried anew when all of it was refused, and no more is remembered of a person than they need', async () => {
    const gil = await server.addUser('gil')
    const tree = await TestTree.open(server, { gil: 'editor' })
    const mine = tree.as(gil)
    const { id: gilId } = await gil.get<Me>('/me')
    const keys = async () => {
      const { rows } = await server.db.pool.query<{ n: number; oldest: Date }>(
        `SELECT count(*)::int AS n, min(created_at) AS oldest
         FROM idempotency_keys WHERE user_id = $1`,
        [gilId],
      )
      return rows[0]
    }
    const folder = await mine.folder('a')
    const key = uuidv7()
    const body = {
      operations: [{ type: 'create', parentId: tree.rootId, name: 'a', kind: 'text' }],
    }
    const codes = async () => {
      const { body: answer } = await mine.ask('POST', '/nodes/bulk', body, key)
      return (answer as BulkResponse).results.map((result) => result.ok || result.problem.code)
    }
    assert.deepEqual(await codes(), ['name_taken'])
    assert.equal((await keys())?.n, 0)
    assert.equal(await mine.code('PATCH', `/nodes/${folder}`, { name: 'b' }), 'ok')
    assert.deepEqual(await codes(), [true])
    assert.deepEqual(await codes(), [true])
    assert.equal((await keys())?.n, 1)
    const now = server.clock.now()
    await server.db.pool.query(
      `INSERT INTO idempotency_keys (user_id, key, fingerprint, outcome, created_at)
       SELECT $1, 'another-' || n, '', '{}', $2::timestamptz - n * interval '1 second'
       FROM generate_series(1, 100005) n`,
      [gilId, now],
    )
    await server.files.tidyTrash()
    const left = await keys()
    assert.equal(left?.n, 100_000)
    assert.equal(now.getTime() - left.oldest.getTime(), 99_999_000)
    assert.deepEqual(await codes(), [true])
  })

  test('with a key is done once when it comes several times at once', async () => {
    const tree = await TestTree.open(server)
    for (let round = 0; round < 5; round++) {
      const key = uuidv7()
      const body = { parentId: tree.rootId, name: 'a', kind: 'folder', ifTaken: 'rename' }
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => tree.ask('POST', '/nodes', body, key)),
      )
      const ids = answers.map((answer) => (answer.body as { id: string }).id)
      assert.equal(new Set(ids).size, 1, JSON.stringify(answers))
    }
    assert.equal((await tree.names()).length, 5)
  })
})
