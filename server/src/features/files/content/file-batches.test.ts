import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { suite, test } from 'node:test'
import type { FileBatchResponse, Node, Page } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

interface Sent {
  readonly parentId: string
  readonly name: string
  readonly id?: string
  readonly ifTaken?: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

function formOf(files: readonly Sent[]): FormData {
  const form = new FormData()
  form.set('files', JSON.stringify(files.map(({ bytes: _bytes, ...file }) => file)))
  for (const { bytes } of files) form.append('file', new Blob([bytes]))
  return form
}

const blob = () => Uint8Array.from(Buffer.concat([Buffer.from([0]), randomBytes(500)]))
const text = (words: string) => Uint8Array.from(Buffer.from(words))

const server = sharedByTests(await openTestFiles())
const { ada } = server

suite('many small files in one request', () => {
  async function send(files: readonly Sent[], by = ada) {
    const answer = await by.send('POST', '/nodes/files', { body: formOf(files) })
    assert.equal(answer.status, 200, await answer.clone().text())
    return ((await answer.json()) as FileBatchResponse).results
  }
  const codesOf = (results: FileBatchResponse['results']) =>
    results.map((result) => (result.ok ? 'ok' : result.problem.code))
  async function read(id: string) {
    const answer = await ada.send('GET', `/nodes/${id}/content`)
    return Buffer.from(await answer.arrayBuffer())
  }

  test('are made with their contents, texts as texts, in as few packs', async () => {
    const { rootId } = await server.newSpace()
    const files = Array.from({ length: 200 }, (_, index) => ({
      parentId: rootId,
      name: `${index}.${index % 2 ? 'txt' : 'bin'}`,
      bytes: index % 2 ? text(`words of ${index}\n`) : blob(),
    }))
    const before = (await server.store.list()).items.length
    const results = await send(files)
    for (const [index, result] of results.entries()) {
      assert.ok(result.ok)
      assert.equal(result.node.name, files[index]?.name)
      assert.equal(result.node.kind, index % 2 ? 'text' : 'blob')
      if (index % 20 < 2)
        assert.ok((await read(result.node.id)).equals(files[index]?.bytes ?? Buffer.alloc(0)))
    }
    assert.ok((await server.store.list()).items.length <= before + 2)
    const page = await ada.get<Page<Node>>(`/nodes/${rootId}/children?limit=500`)
    assert.equal(page.items.length, 200)
  })

  test('are each made or refused by itself', async () => {
    const { rootId } = await server.newSpace()
    const other = await server.addUser('eve')
    const { rootId: foreignId } = await server.newSpace()
    const large = Uint8Array.from(Buffer.concat([Buffer.from([0]), randomBytes(300_000)]))
    const results = await send([
      { parentId: rootId, name: 'a.bin', bytes: blob() },
      { parentId: rootId, name: 'A.bin', bytes: blob() },
      { parentId: rootId, name: 'A.bin', ifTaken: 'rename', bytes: large },
      { parentId: rootId, name: 'a/b', bytes: blob() },
      { parentId: uuidv7(), name: 'c.bin', bytes: blob() },
      { parentId: rootId, name: 'empty', bytes: new Uint8Array() },
    ])
    assert.deepEqual(codesOf(results), [
      'ok',
      'name_taken',
      'ok',
      'invalid_name',
      'not_found',
      'ok',
    ])
    assert.ok(results[2]?.ok && (await read(results[2].node.id)).equals(large))
    const count = async () => (await server.db.pool.query('SELECT FROM contents')).rows.length
    const contents = await count()
    const refused = await send([{ parentId: foreignId, name: 'x', bytes: blob() }], other)
    assert.deepEqual(codesOf(refused), ['not_found'])
    assert.equal(await count(), contents, 'nothing is stored for somebody who may not')
  })

  test('are made once, however often they are sent', async () => {
    const { rootId } = await server.newSpace()
    const files = Array.from({ length: 3 }, (_, index) => ({
      parentId: rootId,
      name: `${index}.bin`,
      id: uuidv7(),
      bytes: blob(),
    }))
    const first = await send(files)
    const second = await send(files)
    assert.deepEqual(codesOf(second), ['ok', 'ok', 'ok'])
    assert.deepEqual(
      second.map((result) => result.ok && result.node.id),
      first.map((result) => result.ok && result.node.id),
    )
    const taken = await send([{ ...(files[0] as Sent), name: 'another', bytes: blob() }])
    assert.deepEqual(codesOf(taken), ['id_taken'])
    const twice = { parentId: rootId, name: 'twice.bin', id: uuidv7(), bytes: blob() }
    const results = await send([twice, { ...twice, name: 'again.bin' }, { ...twice, id: uuidv7() }])
    assert.deepEqual(codesOf(results), ['ok', 'id_taken', 'name_taken'])
  })

  test('are made once, though they are sent again before the first answer', async () => {
    const { rootId } = await server.newSpace()
    const files = Array.from({ length: 20 }, (_, index) => ({
      parentId: rootId,
      name: `${index}.md`,
      id: uuidv7(),
      bytes: index % 2 === 0 ? blob() : text(`file ${index}`),
    }))
    const answers = await Promise.all([send(files), send(files), send(files.toReversed())])
    for (const results of answers)
      assert.deepEqual(
        results.flatMap((result) => (result.ok ? [result.node.id] : [])).toSorted(),
        files.map(({ id }) => id),
      )
  })

  test('are refused as a whole when the form is wrong', async () => {
    const { rootId } = await server.newSpace()
    const file = { parentId: rootId, name: 'a.bin', bytes: blob() }
    const few = formOf([file, file])
    few.set('files', JSON.stringify([{ parentId: rootId, name: 'a.bin' }]))
    const noList = formOf([file])
    noList.delete('files')
    const noJson = formOf([file])
    noJson.set('files', '[')
    const wrong = formOf([file])
    wrong.set('files', JSON.stringify([{ parentId: 5, name: 'a.bin' }]))
    const many = formOf(Array.from({ length: 501 }, () => ({ ...file, bytes: new Uint8Array() })))
    for (const body of [few, noList, noJson, wrong, many, new FormData()]) {
      const answer = await ada.send('POST', '/nodes/files', { body })
      assert.equal(answer.status, 400, await answer.text())
    }
    const large = formOf([{ ...file, bytes: new Uint8Array(9 * 1024 * 1024) }])
    assert.equal((await ada.send('POST', '/nodes/files', { body: large })).status, 413)
    const json = { body: '[]', headers: { 'content-type': 'application/json' } }
    assert.equal((await ada.send('POST', '/nodes/files', json)).status, 400)
    const page = await ada.get<Page<Node>>(`/nodes/${rootId}/children`)
    assert.deepEqual(page.items, [])
  })

  test('with more parts than files may be, or endless headers, keep nobody else waiting', async () => {
    const { rootId } = await server.newSpace()
    const list = JSON.stringify([{ parentId: rootId, name: 'a.bin' }])
    const boundary = 'b'.repeat(30)
    const part = (name: string, body: string, more = '') =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${body}\r\n`
    const post = (body: string) =>
      ada.send('POST', '/nodes/files', {
        body: `${body}--${boundary}--\r\n`,
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      })
    const begin = part('files', list)
    const good = await post(begin + part('file', 'x'))
    assert.equal(((await good.json()) as FileBatchResponse).results[0]?.ok, true)
    const delays = monitorEventLoopDelay({ resolution: 5 })
    delays.enable()
    for (const hostile of [
      part('file', '').repeat(75_000),
      part('file', 'x', `; filename=b\r\n${'X: y\r\n'.repeat(900_000)}Y: z`),
      part('file', 'x', '; a="b"'.repeat(900_000)),
    ])
      await (await post(begin + hostile)).arrayBuffer()
    delays.disable()
    assert.ok(delays.max < 1e9, `somebody waited for ${delays.max / 1e6} ms`)
    const many = await post(begin + part('file', '').repeat(501))
    assert.equal(many.status, 400)
    assert.equal((await post(begin.slice(0, -20))).status, 400)
    assert.equal((await post(begin + part('file', 'cut').slice(0, -3))).status, 400)
  })
})
