import assert from 'node:assert/strict'
import { afterEach, suite, test } from 'node:test'
import { editFolder, readFolder, type ChildKind } from '@cloudsync/crdt'
import type { Node, Page } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import * as Y from 'yjs'
import {
  blockAppends,
  findTreeFaults,
  openStockClient,
  openYWebsocketClient,
  RawClient,
  startTestServer,
  waitUntil,
  type StockClient,
} from '../testing/index.ts'
import { sharedByTests } from '../testing/shared-by-tests.ts'

const server = sharedByTests(await startTestServer())
const ada = server.admin
const rootId = await ada.rootId()

suite('a folder that people edit', () => {
  afterEach(async () => assert.deepEqual(await findTreeFaults(server.db.database.kysely), []))

  const newFolder = async (parentId = rootId) =>
    (await ada.post<Node>('/nodes', { parentId, name: uuidv7(), kind: 'folder' })).id
  const make = (parentId: string, name: string, kind: ChildKind) =>
    ada.post<Node>('/nodes', { parentId, name, kind })
  const open = async (folderId: string, caller = ada, doc = new Y.Doc()) => {
    const client = openStockClient(caller, folderId, { kind: 'folder', doc })
    await client.until('the folder is there', () => client.provider.isSynced)
    return client
  }
  const names = ({ doc }: { doc: Y.Doc }) =>
    [...readFolder(doc).values()].map(({ name }) => name).toSorted()
  const put = (
    client: StockClient,
    name: string,
    kind: ChildKind = 'text',
    id: string = uuidv7(),
  ) => {
    editFolder(client.doc, [{ type: 'put', id, name, kind }])
    return id
  }
  const listed = async (folderId: string) => {
    const { items } = await ada.get<Page<Node>>(`/nodes/${folderId}/children?limit=1000`)
    return items.map(({ name }) => name).toSorted()
  }
  const settles = async (
    folderId: string,
    clients: readonly { doc: Y.Doc }[],
    wanted: string[],
  ) => {
    for (const client of clients)
      await waitUntil(
        `somebody sees ${wanted.join()}`,
        () => names(client).join() === wanted.join(),
      )
    assert.deepEqual(await listed(folderId), wanted)
  }
  const status = async (path: string) => (await ada.send('GET', path)).status

  test('gets, renames and loses children, which everybody sees, by REST too', async () => {
    const folder = await newFolder()
    using one = await open(folder)
    using other = await openYWebsocketClient(ada, folder, 'folder')
    const text = put(one, 'notes.md')
    const inner = put(one, 'inner', 'folder')
    await one.saved()
    await settles(folder, [one, other], ['inner', 'notes.md'])
    assert.equal((await ada.get<Node>(`/nodes/${text}`)).kind, 'text')
    using within = await open(inner)
    put(within, 'deep.md')
    await within.saved()
    assert.deepEqual(await listed(inner), ['deep.md'])
    put(one, 'renamed.md', 'text', text)
    editFolder(other.doc, [{ type: 'remove', id: inner }])
    await settles(folder, [one, other], ['renamed.md'])
    assert.notEqual((await ada.get<Node>(`/nodes/${inner}`)).trashedAt, null)
  })

  test('shows what is done by REST', async () => {
    const [folder, target] = [await newFolder(), await newFolder()]
    using one = await open(folder)
    using other = await open(target)
    const node = await make(folder, 'a.md', 'text')
    await settles(folder, [one], ['a.md'])
    await ada.patch(`/nodes/${node.id}`, { name: 'b.md', parentId: target })
    await settles(folder, [one], [])
    await settles(target, [other], ['b.md'])
    await ada.delete(`/nodes/${node.id}`)
    await settles(target, [other], [])
    await ada.post(`/nodes/${node.id}/restore`)
    await settles(target, [other], ['b.md'])
  })

  test('takes what somebody did offline, beside what others did meanwhile', async () => {
    const folder = await newFolder()
    using one = await open(folder)
    const [kept, gone] = [put(one, 'kept.md'), put(one, 'gone.md')]
    await one.saved()
    one.socket.disconnect()
    await waitUntil('it is offline', () => one.socket.status === 'disconnected')
    put(one, 'same.md')
    put(one, 'mine.md')
    put(one, 'kept by me.md', 'text', kept)
    editFolder(one.doc, [{ type: 'remove', id: gone }])
    await make(folder, 'same.md', 'text')
    await ada.patch(`/nodes/${gone}`, { name: 'renamed.md' })
    void one.socket.connect()
    using other = await open(folder)
    await settles(folder, [one, other], ['kept by me.md', 'mine.md', 'same (2).md', 'same.md'])
  })

  test('lets nobody take a child along who had not seen it move away', async () => {
    const [folder, target] = [await newFolder(), await newFolder()]
    const node = await make(folder, 'a.md', 'text')
    using one = await open(folder)
    one.socket.disconnect()
    await waitUntil('it is offline', () => one.socket.status === 'disconnected')
    put(one, 'b.md', 'text', node.id)
    await ada.patch(`/nodes/${node.id}`, { parentId: target })
    void one.socket.connect()
    await one.saved()
    await settles(folder, [one], [])
    assert.deepEqual(await listed(target), ['a.md'])
  })

  test('is repaired before anybody else sees what breaks its rules', async () => {
    const [folder, elsewhere] = [await newFolder(), await newFolder()]
    const stolen = await make(elsewhere, 'stolen.md', 'text')
    const purged = await make(elsewhere, 'purged.md', 'text')
    await ada.delete(`/nodes/${purged.id}`)
    await ada.delete(`/trash/${purged.id}`)
    const taken = await make(folder, 'taken.md', 'text')
    using one = await open(folder)
    using other = await open(folder)
    const seen: string[] = []
    other.doc.on('afterTransaction', () => seen.push(...names(other)))
    one.doc.transact(() => {
      put(one, 'TAKEN.md')
      put(one, 'a/b?.md')
      put(one, 'stolen too.md', 'text', stolen.id)
      put(one, 'back.md', 'text', purged.id)
      put(one, 'picture.png', 'blob')
      put(one, 'no uuid', 'text', '01890a5d-ac96-074b-bcce-b302099a8057')
      one.children.set(`k|${taken.id}`, 'folder')
      one.children.set('stray', 1)
      one.children.set(`n|${uuidv7()}`, 5)
    })
    await one.saved()
    const wanted = ['TAKEN (2).md', 'a_b_.md', 'taken.md']
    await settles(folder, [one, other], wanted)
    assert.deepEqual(one.doc.getMap('children').size, 6)
    assert.equal(readFolder(one.doc).get(taken.id)?.kind, 'text')
    for (const name of seen) assert.ok(wanted.includes(name), `nobody ever sees ${name}`)
  })

  test('lists no child that another folder has got while its update was judged', async () => {
    const [folder, elsewhere] = [await newFolder(), await newFolder()]
    using one = await open(folder)
    // Between its judgement and its rows an update waits for the row of the folder.
    const { pool } = server.db.database
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query('SELECT FROM nodes WHERE id = $1 FOR UPDATE', [folder])
    const id = put(one, 'mine.md')
    await waitUntil('the update waits', async () => {
      // Other tests have databases of their own beside it.
      const { rows } = await pool.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      )
      return rows.length > 0
    })
    await ada.post('/nodes', { id, parentId: elsewhere, name: 'theirs.md', kind: 'text' })
    await client.query('ROLLBACK')
    client.release()
    await one.saved()
    await settles(folder, [one], [])
    assert.deepEqual(await listed(elsewhere), ['theirs.md'])
  })

  test('takes nothing from who may only read', async () => {
    const folder = await newFolder()
    const eve = await server.addUser('Eve')
    const { items } = await ada.get<Page<{ id: string }>>('/spaces')
    await ada.put(
      `/spaces/${items[0]?.id}/members`,
      JSON.stringify({ email: 'eve@example.com', role: 'viewer' }),
      { 'content-type': 'application/json' },
    )
    using reader = await open(folder, eve)
    using writer = await open(folder)
    put(reader, 'mine.md')
    put(writer, 'yours.md')
    await writer.saved()
    await settles(folder, [writer], ['yours.md'])
    assert.ok(reader.provider.hasUnsyncedChanges)
  })

  test('sends away who breaks its rules more than twenty times a minute, and lets them back in later', async () => {
    const folder = await newFolder()
    using hostile = await RawClient.open(ada, folder, { clientId: 7, kind: 'folder' })
    const doc = new Y.Doc()
    doc.clientID = 7
    let sent = 0
    doc.on('update', (update) => hostile.sendSync(2, update))
    for (; sent < 21; sent++) doc.getMap('children').set(`stray ${sent}`, sent)
    assert.deepEqual(await hostile.closed, { code: 4502, reason: 'rate_limited' })
    using again = await RawClient.open(ada, folder, { clientId: 7, kind: 'folder' })
    assert.deepEqual(await again.closed, { code: 4502, reason: 'rate_limited' })
    using elsewhere = await open(await newFolder())
    assert.ok(elsewhere.provider.isSynced)
    using later = await open(folder)
    put(later, 'sound.md')
    await later.saved()
    editFolder(later.doc, [{ type: 'remove', id: [...readFolder(later.doc).keys()][0] ?? '' }])
    await later.saved()
    assert.deepEqual(await listed(folder), [])
  })

  test('acknowledges what is committed and nothing before, and shows nothing before', async () => {
    const folder = await newFolder()
    using one = await RawClient.open(ada, folder, { clientId: 7, kind: 'folder' })
    using other = await open(folder)
    const doc = new Y.Doc()
    doc.clientID = 7
    const block = await blockAppends(server, folder)
    const id = uuidv7()
    editFolder(doc, [{ type: 'put', id, name: 'a.md', kind: 'text' }])
    one.sendSync(2, Y.encodeStateAsUpdate(doc))
    await one.roundTrip()
    assert.deepEqual(one.statuses, [])
    assert.deepEqual(names(other), [])
    assert.equal(await status(`/nodes/${id}`), 404)
    await block.release()
    assert.deepEqual(await one.answered(1), [true])
    assert.equal(await status(`/nodes/${id}`), 200)
    await settles(folder, [other], ['a.md'])
  })

  test('loses no acknowledged edit when its server goes, and takes those it had not seen', async () => {
    const folder = await newFolder()
    using one = await open(folder)
    put(one, 'first.md')
    await one.saved()
    const block = await blockAppends(server, folder)
    const id = put(one, 'second.md')
    one.socket.disconnect()
    await waitUntil('it is offline', () => one.socket.status === 'disconnected')
    await block.release()
    await using another = await server.openAnother()
    using again = await open(folder, another.admin, one.doc)
    await again.saved()
    await waitUntil('both are there', async () => (await listed(folder)).length === 2)
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).name, 'second.md')
  })

  test('comes back from the trash when somebody edits it who had not seen it go', async () => {
    const folder = await newFolder()
    using one = await open(folder)
    const block = await blockAppends(server, folder)
    const trashed = ada.delete(`/nodes/${folder}`)
    const id = put(one, 'late.md')
    await trashed
    await block.release()
    await waitUntil(
      'it is back',
      async () => (await ada.get<Node>(`/nodes/${folder}`)).trashedAt === null,
    )
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).parentId, folder)
  })

  test('comes back from the trash for whoever has made files in it offline', async () => {
    const folder = await newFolder()
    const inner = (await make(folder, 'inner', 'folder')).id
    using one = await open(inner)
    one.socket.disconnect()
    await waitUntil('it is offline', () => one.socket.status === 'disconnected')
    const id = put(one, 'from a train.md')
    await ada.delete(`/nodes/${folder}`)
    void one.socket.connect()
    await one.saved()
    await waitUntil(
      'it is back',
      async () => (await ada.get<Node>(`/nodes/${folder}`)).trashedAt === null,
    )
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).parentId, inner)
    put(one, 'and more.md')
    await one.saved()
    assert.deepEqual(await listed(inner), ['and more.md', 'from a train.md'])
  })

  test('stays in the trash for whoever brings nothing, or only takes something out of it', async () => {
    const folder = await newFolder()
    const gone = (await make(folder, 'gone.md', 'text')).id
    using one = await open(folder)
    one.socket.disconnect()
    await waitUntil('it is offline', () => one.socket.status === 'disconnected')
    editFolder(one.doc, [{ type: 'remove', id: gone }])
    await ada.delete(`/nodes/${folder}`)
    using late = await RawClient.open(ada, folder, { clientId: 7, kind: 'folder' })
    late.sendSync(1, Uint8Array.of(0, 0))
    await waitUntil('it is sent away', () =>
      late.frames.some(({ type, body }) => type === 2 && body[0] === 1),
    )
    void one.socket.connect()
    await waitUntil(
      'it is taken out',
      async () => (await ada.get<Node>(`/nodes/${gone}`)).trashedAt !== null,
    )
    assert.notEqual((await ada.get<Node>(`/nodes/${folder}`)).trashedAt, null)
  })

  test('takes thousands of children out of it at once', async () => {
    const folder = await newFolder()
    using one = await open(folder)
    one.doc.transact(() => {
      for (let index = 0; index < 2_000; index++) put(one, `f${index}`, 'text')
    })
    await one.saved()
    assert.equal(readFolder(one.doc).size, 2_000)
    one.doc.transact(() => {
      for (const id of readFolder(one.doc).keys()) editFolder(one.doc, [{ type: 'remove', id }])
    })
    await one.saved()
    assert.deepEqual(await listed(folder), [])
  })

  test('takes no folders where the tree is as deep as it may be', async () => {
    const ids = [rootId, ...Array.from({ length: 999 }, () => uuidv7())]
    const operations = ids.slice(1).map((id, index) => {
      return { type: 'create', id, parentId: ids[index], name: 'deep', kind: 'folder' }
    })
    await ada.post('/nodes/bulk', { operations })
    const lowest = ids.at(-1) ?? ''
    using one = await open(lowest)
    put(one, 'too deep', 'folder')
    put(one, 'notes.md')
    await one.saved()
    await settles(lowest, [one], ['notes.md'])
  })
})
