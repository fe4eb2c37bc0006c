import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Node, Page } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { RawClient } from '../../../../testing/raw-client.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

interface Problem {
  readonly status: number
  readonly code: string
  readonly reason?: string
}

const server = sharedByTests(await openTestFiles())
const eve = await server.addUser('eve')
const stranger = await server.addUser('stranger')

suite('nodes', () => {
  const sendJson = (caller: TestCaller, method: string, path: string, body: unknown) =>
    caller.send(method, path, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const problem = async (answer: Promise<Response>): Promise<Problem> =>
    (await (await answer).json()) as Problem
  const create = (parentId: string, name: string, more: object = {}) =>
    sendJson(server.ada, 'POST', '/nodes', { parentId, name, kind: 'text', ...more })
  const list = (rootId: string, query = '') =>
    server.ada.get<Page<Node>>(`/nodes/${rootId}/children${query}`)
  const names = async (rootId: string) => (await list(rootId)).items.map((node) => node.name)
  const eventsOf = async (nodeId: string) => {
    const { rows } = await server.db.pool.query<{ type: string; payload: unknown }>(
      'SELECT type, payload FROM events WHERE node_id = $1 ORDER BY created_at, id',
      [nodeId],
    )
    return rows
  }

  test('are made, read and listed', async () => {
    const { rootId, id: spaceId } = await server.newSpace()
    const answer = await create(rootId, 'Notes.md')
    assert.equal(answer.status, 201)
    const made = (await answer.json()) as Node
    assert.equal(answer.headers.get('location'), `/api/v1/nodes/${made.id}`)
    assert.equal(made.name, 'Notes.md')
    assert.equal(made.kind, 'text')
    assert.equal(made.spaceId, spaceId)
    assert.equal(made.parentId, rootId)
    assert.equal(made.sizeBytes, 0)
    assert.equal(made.mediaType, 'text/markdown')
    assert.equal(made.createdBy?.name, made.updatedBy?.name)
    assert.equal(made.createdAt, server.clock.now().toISOString())
    assert.deepEqual(await server.ada.get(`/nodes/${made.id}`), made)
    assert.deepEqual(await list(rootId), { items: [made], nextCursor: null })
    const [event] = await eventsOf(made.id)
    assert.deepEqual(event, {
      type: 'file.created',
      payload: { parentId: rootId, name: 'Notes.md', kind: 'text', sizeBytes: 0 },
    })
  })

  test('are listed by name in pages that neither skip nor repeat', async () => {
    const { rootId } = await server.newSpace()
    const made = Array.from({ length: 25 }, (_, index) => `file ${String(index).padStart(2, '0')}`)
    for (const name of made.toReversed()) assert.equal((await create(rootId, name)).status, 201)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Page<Node> = await list(rootId, `?limit=7${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.items.map((node) => node.name))
      cursor = page.nextCursor
    }
    assert.deepEqual(seen, made)
    for (const cursor of ['x', 'bnVsbA', Buffer.from('["a","b"]').toString('base64url')])
      assert.equal(
        (await problem(server.ada.send('GET', `/nodes/${rootId}/children?cursor=${cursor}`))).code,
        'bad_request',
      )
    assert.equal((await server.ada.send('GET', `/nodes/${rootId}/children?limit=1001`)).status, 400)
  })

  test('of folders cannot be listed below a file', async () => {
    const { rootId } = await server.newSpace()
    const { id } = (await (await create(rootId, 'a')).json()) as Node
    assert.equal((await server.ada.send('GET', `/nodes/${id}/children`)).status, 400)
    assert.equal((await problem(create(id, 'b'))).code, 'bad_request')
  })

  test('are made of kinds that need no bytes, and of a form that is known', async () => {
    const { rootId } = await server.newSpace()
    assert.equal((await create(rootId, 'folder', { kind: 'folder' })).status, 201)
    assert.equal((await create(rootId, 'nothing.bin', { kind: 'blob' })).status, 201)
    assert.equal((await create(rootId, 'a', { kind: 'other' })).status, 400)
    assert.equal((await create(rootId, 'a', { extra: 1 })).status, 400)
    assert.equal((await server.ada.send('POST', '/nodes', { body: 'x' })).status, 415)
    const broken = { headers: { 'content-type': 'application/json' }, body: '{' }
    assert.equal((await server.ada.send('POST', '/nodes', broken)).status, 400)
  })

  test('have names that every system can hold', async () => {
    const { rootId } = await server.newSpace()
    for (const [name, reason] of [
      ['', 'empty'],
      ['a/b', 'separator'],
      ['CON.txt', 'reserved_name'],
      ['a\ud800', 'ill_formed'],
      ['a\0', 'control_character'],
      ['x'.repeat(256), 'too_long'],
    ] as const) {
      const refused = await problem(create(rootId, name))
      assert.deepEqual(
        [refused.status, refused.code, refused.reason],
        [400, 'invalid_name', reason],
      )
    }
    const { id } = (await (await create(rootId, 'a')).json()) as Node
    assert.equal(
      (await problem(sendJson(server.ada, 'PATCH', `/nodes/${id}`, { name: 'a:b' }))).reason,
      'reserved_character',
    )
  })

  test('share no name that some system takes for the same', async () => {
    const { rootId } = await server.newSpace()
    assert.equal((await create(rootId, 'Café Straße.md')).status, 201)
    for (const name of ['café strasse.MD', 'cafe\u0301 STRASSE.md', 'CAFÉ STRAẞE.md']) {
      const refused = await problem(create(rootId, name))
      assert.deepEqual([refused.status, refused.code], [409, 'name_taken'])
    }
    assert.deepEqual(await names(rootId), ['Café Straße.md'])
    assert.equal((await create(rootId, 'cafe\u0301.md')).status, 201)
    assert.ok((await names(rootId)).includes('cafe\u0301.md'), 'exact bytes are kept')
  })

  test('are made once, however often the same request comes', async () => {
    const { rootId } = await server.newSpace({ eve: 'editor' })
    const id = uuidv7()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => create(rootId, 'a.md', { id })),
    )
    assert.equal(answers.filter((answer) => answer.status === 201).length, 1)
    assert.equal(answers.filter((answer) => answer.status === 200).length, 4)
    for (const answer of answers) assert.equal(((await answer.json()) as Node).id, id)
    assert.deepEqual(await names(rootId), ['a.md'])
    assert.equal((await eventsOf(id)).length, 1)
    assert.equal((await problem(create(rootId, 'b.md', { id }))).code, 'id_taken')
    const body = { parentId: rootId, name: 'a.md', kind: 'text', id }
    assert.equal((await problem(sendJson(eve, 'POST', '/nodes', body))).code, 'id_taken')
    const other = await server.newSpace()
    assert.equal((await problem(create(other.rootId, 'a.md', { id }))).code, 'id_taken')
    await server.ada.delete(`/nodes/${id}`)
    assert.equal((await problem(create(rootId, 'a.md', { id }))).code, 'id_taken')
  })

  test('of one name are made once, when twenty people ask at the same time', async () => {
    const { rootId } = await server.newSpace()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => create(rootId, index % 2 ? 'Same.md' : 'same.MD')),
    )
    const statuses = answers.map((answer) => answer.status)
    assert.equal(statuses.filter((status) => status === 201).length, 1)
    assert.equal(statuses.filter((status) => status === 409).length, 19)
    assert.equal((await names(rootId)).length, 1)
  })

  test('take dense places in the change feed, in the order of their commits', async () => {
    const { rootId, id: spaceId } = await server.newSpace()
    await Promise.all(Array.from({ length: 10 }, (_, index) => create(rootId, `file ${index}`)))
    const { rows } = await server.db.pool.query<{ rev: number; seq: number }>(
      'SELECT rev, seq FROM nodes JOIN spaces ON spaces.id = space_id WHERE space_id = $1 ORDER BY rev',
      [spaceId],
    )
    assert.deepEqual(
      rows.map((row) => Number(row.rev)),
      Array.from({ length: 11 }, (_, index) => index + 1),
    )
    assert.equal(Number(rows[0]?.seq), 11)
  })

  test('are renamed, also in case alone', async () => {
    const { rootId } = await server.newSpace()
    const { id } = (await (await create(rootId, 'Old.md')).json()) as Node
    await create(rootId, 'taken.md')
    assert.equal((await server.ada.patch<Node>(`/nodes/${id}`, { name: 'OLD.md' })).name, 'OLD.md')
    const renamed = await server.ada.patch<Node>(`/nodes/${id}`, {
      name: 'new.json',
      parentId: rootId,
    })
    assert.equal(renamed.mediaType, 'application/json')
    const taken = await problem(sendJson(server.ada, 'PATCH', `/nodes/${id}`, { name: 'TAKEN.md' }))
    assert.equal(taken.code, 'name_taken')
    await server.ada.patch<Node>(`/nodes/${id}`, { name: 'new.json' })
    assert.deepEqual((await eventsOf(id)).slice(1), [
      { type: 'file.renamed', payload: { parentId: rootId, oldName: 'Old.md', name: 'OLD.md' } },
      { type: 'file.renamed', payload: { parentId: rootId, oldName: 'OLD.md', name: 'new.json' } },
    ])
  })

  test('that are the root of a space stay what they are', async () => {
    const { rootId } = await server.newSpace()
    const { id } = (await (await create(rootId, 'a')).json()) as Node
    assert.equal(
      (await sendJson(server.ada, 'PATCH', `/nodes/${rootId}`, { name: 'x' })).status,
      400,
    )
    assert.equal((await server.ada.send('DELETE', `/nodes/${rootId}`)).status, 400)
    assert.equal((await sendJson(server.ada, 'PATCH', `/nodes/${id}`, {})).status, 400)
  })

  test('go to the trash and come back', async () => {
    const { rootId } = await server.newSpace()
    const { id } = (await (await create(rootId, 'a.md')).json()) as Node
    await server.ada.delete(`/nodes/${id}`)
    await server.ada.delete(`/nodes/${id}`)
    assert.deepEqual(await names(rootId), [])
    const trashed = await server.ada.get<Node>(`/nodes/${id}`)
    assert.equal(trashed.trashedAt, server.clock.now().toISOString())
    for (const answer of [
      server.ada.send('GET', `/nodes/${id}/content`),
      server.ada.send('PUT', `/nodes/${id}/content`, { body: 'x' }),
      sendJson(server.ada, 'PATCH', `/nodes/${id}`, { name: 'b.md' }),
      sendJson(server.ada, 'POST', `/nodes/${id}/versions`, { name: 'v' }),
    ])
      assert.equal((await problem(answer)).code, 'trashed')
    const restored = await server.ada.post<Node>(`/nodes/${id}/restore`)
    assert.deepEqual([restored.name, restored.trashedAt], ['a.md', null])
    assert.deepEqual(await names(rootId), ['a.md'])
    assert.equal((await server.ada.post<Node>(`/nodes/${id}/restore`)).name, 'a.md')
    assert.deepEqual(
      (await eventsOf(id)).map((event) => event.type),
      ['file.created', 'file.trashed', 'file.restored'],
    )
  })

  test('in the trash are open to nobody any more', async () => {
    const { rootId } = await server.newSpace({ eve: 'editor' })
    const { id } = (await (await create(rootId, 'a.md')).json()) as Node
    using editor = await RawClient.open(eve, id)
    await server.ada.delete(`/nodes/${id}`)
    assert.deepEqual(await editor.closed, { code: 4410, reason: 'trashed' })
  })

  test('come back under another name when theirs is taken, also all at once', async () => {
    const { rootId } = await server.newSpace()
    const ids: string[] = []
    for (let index = 0; index < 4; index++) {
      const { id } = (await (await create(rootId, 'a.md')).json()) as Node
      ids.push(id)
      await server.ada.delete(`/nodes/${id}`)
    }
    await create(rootId, 'A.MD')
    await Promise.all(ids.map((id) => server.ada.post(`/nodes/${id}/restore`)))
    assert.deepEqual(await names(rootId), ['a (2).md', 'a (3).md', 'a (4).md', 'a (5).md', 'A.MD'])
  })

  test('are no more than read by a viewer, and do not exist for a stranger', async () => {
    const { rootId } = await server.newSpace({ eve: 'viewer' })
    const { id } = (await (await create(rootId, 'a.md')).json()) as Node
    assert.equal((await eve.get<Node>(`/nodes/${id}`)).name, 'a.md')
    assert.equal((await eve.get<Page<Node>>(`/nodes/${rootId}/children`)).items.length, 1)
    assert.equal(await eve.text(`/nodes/${id}/content`), '')
    await server.ada.post(`/nodes/${id}/versions`, { name: 'v' })
    const reading: [string, string][] = [
      ['GET', `/nodes/${id}`],
      ['GET', `/nodes/${rootId}/children`],
      ['GET', `/nodes/${id}/content`],
      ['GET', `/nodes/${id}/versions`],
      ['GET', `/nodes/${id}/versions/1/content`],
      ['GET', `/nodes/${id}/versions/1/diff`],
    ]
    const writing: [string, string, unknown][] = [
      ['POST', '/nodes', { parentId: rootId, name: 'b', kind: 'text' }],
      ['PATCH', `/nodes/${id}`, { name: 'b' }],
      ['DELETE', `/nodes/${id}`, undefined],
      ['POST', `/nodes/${id}/restore`, {}],
      ['PUT', `/nodes/${id}/content`, { a: 1 }],
      ['POST', `/nodes/${id}/versions`, { name: 'b' }],
      ['PATCH', `/nodes/${id}/versions/1`, { name: 'b' }],
      ['POST', `/nodes/${id}/versions/1/restore`, {}],
    ]
    for (const [method, path] of reading) {
      assert.equal((await eve.send(method, path)).status, 200, path)
      assert.equal((await stranger.send(method, path)).status, 404, path)
      assert.equal((await fetch(`${server.url}/api/v1${path}`)).status, 401, path)
    }
    for (const [method, path, body] of writing) {
      assert.equal((await sendJson(eve, method, path, body)).status, 403, path)
      assert.equal((await sendJson(stranger, method, path, body)).status, 404, path)
    }
    assert.equal((await stranger.send('GET', `/nodes/${uuidv7()}`)).status, 404)
    assert.equal((await stranger.send('GET', '/nodes/none')).status, 400)
  })
})
