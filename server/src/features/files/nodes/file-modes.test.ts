import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { FileBatchResponse, Node, Page, Version } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'

const server = sharedByTests(await openTestFiles())
const bob = await server.addUser('bob')

interface Form {
  readonly parentId: string
  readonly name: string
  readonly mode?: string
  readonly id?: string
}

async function send(caller: TestCaller, fields: Form, content: string | Uint8Array<ArrayBuffer>) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob([content]))
  const answer = await caller.send('POST', '/nodes', { body: form })
  return { status: answer.status, body: (await answer.json()) as Node & { code?: string } }
}

async function made(tree: TestTree, name: string, mode: string, content: string): Promise<Node> {
  const { status, body } = await send(tree.caller, { parentId: tree.rootId, name, mode }, content)
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

const put = (tree: TestTree, id: string, body: string | Uint8Array<ArrayBuffer>) =>
  tree.caller.send('PUT', `/nodes/${id}/content`, { body })

suite('the mode of a file', () => {
  test('is regular unless it is said, and none of a folder', async () => {
    const tree = await TestTree.open(server)
    assert.equal((await tree.node(await tree.text('a.md'))).mode, 'regular')
    assert.equal((await tree.node(await tree.folder('folder'))).mode, null)
    assert.equal(
      (await send(tree.caller, { parentId: tree.rootId, name: 'b' }, 'b')).body.mode,
      'regular',
    )
  })

  test('is given when a file is made, by JSON, by a form, in a batch and in bulk', async () => {
    const tree = await TestTree.open(server)
    const { rootId: parentId } = tree
    const mode = 'executable'
    const json = await tree.caller.post<Node>('/nodes', { parentId, name: 'a', kind: 'text', mode })
    assert.equal(json.mode, mode)
    assert.equal((await made(tree, 'b.sh', mode, '#!/bin/sh\n')).mode, mode)
    const form = new FormData()
    form.set(
      'files',
      JSON.stringify([
        { parentId, name: 'c', mode },
        { parentId, name: 'd' },
      ]),
    )
    for (const words of ['c', 'd']) form.append('file', new Blob([words]))
    const answer = await tree.caller.send('POST', '/nodes/files', { body: form })
    const { results } = (await answer.json()) as FileBatchResponse
    assert.deepEqual(
      results.map((result) => result.ok && result.node.mode),
      [mode, 'regular'],
    )
    const bulk = await tree.bulk([{ type: 'create', parentId, name: 'e', kind: 'text', mode }])
    assert.deepEqual(
      bulk.results.map((result) => result.ok && result.node.mode),
      [mode],
    )
  })

  test('is changed by a patch, alone or with the name, and the feed tells of it', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('run.sh', tree.rootId, 'words\n')
    const before = await tree.node(id)
    const { nextCursor } = await tree.changes()
    const change = (body: object) => tree.caller.patch<Node>(`/nodes/${id}`, body)
    const changed = await change({ mode: 'executable', ifSeq: before.seq })
    assert.equal(changed.mode, 'executable')
    assert.ok(changed.seq > before.seq)
    const { items } = await tree.changes(nextCursor)
    assert.deepEqual(
      items.map((item) => item.type === 'node' && [item.node.id, item.node.mode]),
      [[id, 'executable']],
    )
    assert.equal(await tree.caller.text(`/nodes/${id}/content`), 'words\n')
    assert.equal((await change({ mode: 'executable' })).seq, changed.seq, 'it is so already')
    const both = await change({ mode: 'regular', name: 'run.txt' })
    assert.deepEqual([both.mode, both.name], ['regular', 'run.txt'])
    const stale = { mode: 'executable', ifSeq: changed.seq }
    assert.equal(await tree.code('PATCH', `/nodes/${id}`, stale), 'precondition_failed')
    assert.equal((await tree.node(id)).mode, 'regular')
    const { rows } = await server.db.pool.query(
      `SELECT payload FROM events WHERE node_id = $1 AND type = 'file.mode_changed' ORDER BY id`,
      [id],
    )
    assert.deepEqual(
      rows.map(({ payload }: { payload: unknown }) => payload),
      [
        { oldMode: 'regular', mode: 'executable' },
        { oldMode: 'executable', mode: 'regular' },
      ],
    )
  })

  test('is changed in bulk too, of what the same request makes', async () => {
    const tree = await TestTree.open(server)
    const id = uuidv7()
    const { results } = await tree.bulk([
      { type: 'create', id, parentId: tree.rootId, name: 'a', kind: 'text' },
      { type: 'move', id, mode: 'executable' },
    ])
    assert.deepEqual(
      results.map((result) => result.ok && result.node.mode),
      ['executable', 'executable'],
    )
  })

  test('is for those to change who may change what is in it', async () => {
    const tree = await TestTree.open(server, { bob: 'viewer' })
    const id = await tree.text('run.sh')
    const change = { mode: 'executable' }
    assert.equal(await tree.as(bob).code('PATCH', `/nodes/${id}`, change), 'forbidden')
    const editable = await TestTree.open(server, { bob: 'editor' })
    const other = await editable.text('run.sh')
    assert.equal(await editable.as(bob).code('PATCH', `/nodes/${other}`, change), 'ok')
  })

  test('is none of a folder, and of nothing in the trash', async () => {
    const tree = await TestTree.open(server)
    const folder = await tree.folder('folder')
    const change = { mode: 'executable' }
    assert.equal(await tree.code('PATCH', `/nodes/${folder}`, change), 'invalid_mode')
    assert.equal(await tree.code('PATCH', `/nodes/${tree.rootId}`, change), 'invalid_mode')
    const made = { parentId: tree.rootId, name: 'x', kind: 'folder', mode: 'executable' }
    assert.equal(await tree.code('POST', '/nodes', made), 'invalid_mode')
    const id = await tree.text('a.md')
    await tree.trash(id)
    assert.equal(await tree.code('PATCH', `/nodes/${id}`, change), 'trashed')
    await tree.restore(id)
    assert.equal((await tree.node(id)).mode, 'regular')
  })

  test('stays when a file is copied, moved, edited, trashed and restored', async () => {
    const tree = await TestTree.open(server)
    const { id } = await made(tree, 'run', 'executable', '#!/bin/sh\n')
    const body = { parentId: await tree.folder('to') }
    assert.equal((await tree.caller.post<Node>(`/nodes/${id}/copies`, body)).mode, 'executable')
    await put(tree, id, '#!/bin/sh\necho\n')
    await put(tree, id, new Uint8Array([0, 1, 2]))
    assert.equal((await tree.node(id)).kind, 'blob')
    await put(tree, id, 'a text again')
    await tree.trash(id)
    await tree.restore(id)
    const other = await TestTree.open(server)
    assert.equal(await tree.move(id, other.rootId), 'ok')
    const node = await tree.node(id)
    assert.deepEqual([node.kind, node.mode], ['text', 'executable'])
  })
})

suite('a symbolic link', () => {
  test('is bytes, whatever its name and its target say, and goes out as they are', async () => {
    const tree = await TestTree.open(server)
    const target = '../docs/notes.md'
    const { id, kind, mode, mediaType, sizeBytes } = await made(tree, 'notes.md', 'symlink', target)
    assert.deepEqual(
      [kind, mode, mediaType, sizeBytes],
      ['blob', 'symlink', 'application/octet-stream', target.length],
    )
    const answer = await tree.caller.send('GET', `/nodes/${id}/content`)
    assert.equal(await answer.text(), target)
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment/)
    const { items } = await tree.snapshot()
    assert.deepEqual(
      items.map((item) => [item.name, item.mode, item.etag]),
      [
        ['', null, null],
        ['notes.md', 'symlink', (await tree.node(id)).sha256],
      ],
    )
  })

  test('has a target that a disk can hold', async () => {
    const tree = await TestTree.open(server)
    const targets = {
      nothing: '',
      'a NUL': new Uint8Array([97, 0, 98]),
      'no UTF-8': new Uint8Array([0xff, 0xfe]),
      long: 'a'.repeat(4097),
      'much longer': 'a'.repeat(3_000_000),
    }
    for (const [name, target] of Object.entries(targets)) {
      const fields = { parentId: tree.rootId, name, mode: 'symlink' }
      const { status, body } = await send(tree.caller, fields, target)
      assert.deepEqual([name, status, body.code], [name, 400, 'invalid_link'])
    }
    assert.equal((await made(tree, 'longest', 'symlink', 'a'.repeat(4096))).sizeBytes, 4096)
    const empty = { parentId: tree.rootId, name: 'empty', kind: 'blob', mode: 'symlink' }
    assert.equal(await tree.code('POST', '/nodes', empty), 'invalid_link')
    const text = { ...empty, kind: 'text' }
    assert.equal(await tree.code('POST', '/nodes', text), 'invalid_mode')
    assert.deepEqual(await tree.names(), ['longest'])
  })

  test('is refused in a batch without the others', async () => {
    const tree = await TestTree.open(server)
    const { rootId: parentId } = tree
    const files = [
      { parentId, name: 'link', mode: 'symlink', id: uuidv7() },
      { parentId, name: 'wrong', mode: 'symlink' },
      { parentId, name: 'file' },
    ]
    const batch = async () => {
      const form = new FormData()
      form.set('files', JSON.stringify(files))
      for (const words of ['file', '', 'words']) form.append('file', new Blob([words]))
      const answer = await tree.caller.send('POST', '/nodes/files', { body: form })
      const { results } = (await answer.json()) as FileBatchResponse
      return results.map((result) => (result.ok ? result.node.mode : result.problem.code))
    }
    assert.deepEqual(await batch(), ['symlink', 'invalid_link', 'regular'])
    assert.deepEqual(await batch(), ['symlink', 'invalid_link', 'name_taken'])
  })

  test('keeps being one: neither is a file made of it, nor it of a file', async () => {
    const tree = await TestTree.open(server)
    const { id } = await made(tree, 'a.md', 'symlink', 'b.md')
    const asFile = { mode: 'regular' }
    assert.equal(await tree.code('PATCH', `/nodes/${id}`, asFile), 'invalid_mode')
    const text = await tree.text('b.md')
    assert.equal(await tree.code('PATCH', `/nodes/${text}`, { mode: 'symlink' }), 'bad_request')
    const twin = { parentId: tree.rootId, name: 'a.md', id }
    assert.equal((await send(tree.caller, twin, 'b.md')).body.code, 'id_taken')
  })

  test('takes another target, of which its versions tell', async () => {
    const tree = await TestTree.open(server)
    const { id } = await made(tree, 'a.md', 'symlink', 'one.md')
    assert.equal((await put(tree, id, 'two.md')).status, 200)
    const refused = await put(tree, id, '')
    assert.equal(((await refused.json()) as { code: string }).code, 'invalid_link')
    assert.equal((await put(tree, id, 'x'.repeat(5000))).status, 400)
    const { items } = await tree.caller.get<Page<Version>>(`/nodes/${id}/versions`)
    assert.equal(items.length, 2)
    await tree.caller.post(`/nodes/${id}/versions/1/restore`)
    assert.equal(await tree.caller.text(`/nodes/${id}/content`), 'one.md')
    const node = await tree.node(id)
    assert.deepEqual(
      [node.kind, node.mode, node.mediaType],
      ['blob', 'symlink', 'application/octet-stream'],
    )
    const copied = await tree.caller.post<Node>(`/nodes/${id}/copies`, {
      parentId: await tree.folder('to'),
    })
    assert.deepEqual([copied.kind, copied.mode], ['blob', 'symlink'])
  })
})
