import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import type { ReadContentsList } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

const server = sharedByTests(await openTestFiles())
const { ada } = server

interface Read {
  readonly results: ReadContentsList['results']
  /** Of those that are `ok`. */
  readonly contents: readonly Buffer[]
}

async function read(ids: readonly string[], by = ada): Promise<Read> {
  const answer = await by.send('POST', '/nodes/contents', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ids }),
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  assert.equal(answer.status, 200, bytes.toString())
  let at = bytes.indexOf('\n') + 1
  const { results } = JSON.parse(bytes.subarray(0, at).toString()) as ReadContentsList
  const contents = results.flatMap((result) =>
    result.ok ? [bytes.subarray(at, (at += result.sizeBytes))] : [],
  )
  assert.equal(at, bytes.length, 'nothing is left over')
  return { results, contents }
}

const codesOf = ({ results }: Read) =>
  results.map((result) => (result.ok ? 'ok' : result.problem.code))

const noText = (sizeBytes: number) => Buffer.concat([Buffer.of(0), randomBytes(sizeBytes - 1)])

async function make(rootId: string, contents: readonly Buffer[]): Promise<string[]> {
  const ids = contents.map(() => uuidv7())
  const form = new FormData()
  const files = ids.map((id, index) => ({ id, parentId: rootId, name: `file ${index}` }))
  form.set('files', JSON.stringify(files))
  for (const bytes of contents) form.append('file', new Blob([Uint8Array.from(bytes)]))
  assert.equal((await ada.send('POST', '/nodes/files', { body: form })).status, 200)
  return ids
}

suite('the bytes of many small files in one request', () => {
  test('come in the order that was asked for, whatever the files are', async () => {
    const { rootId } = await server.newSpace()
    const contents = [
      noText(4096),
      Buffer.from('a text\n'),
      Buffer.alloc(0),
      noText(300_000),
      ...Array.from({ length: 50 }, () => noText(700)),
    ]
    const made = await make(rootId, contents)
    const wanted = [...made.toReversed(), made[0] ?? '']
    const answer = await read(wanted)
    for (const [index, result] of answer.results.entries()) {
      const single = await ada.send('GET', `/nodes/${wanted[index]}/content`)
      const bytes = Buffer.from(await single.arrayBuffer())
      assert.ok(result.ok)
      assert.equal(result.nodeId, wanted[index])
      assert.equal(`"${result.etag}"`, single.headers.get('etag'))
      assert.ok(answer.contents[index]?.equals(bytes), `${index}`)
    }
  })

  test('are each given or refused by itself', async () => {
    const { rootId } = await server.newSpace()
    const [good = '', trashed = ''] = await make(rootId, [noText(10), noText(20)])
    assert.ok((await ada.send('DELETE', `/nodes/${trashed}`)).ok)
    const answer = await read([uuidv7(), trashed, rootId, good])
    assert.deepEqual(codesOf(answer), ['not_found', 'trashed', 'bad_request', 'ok'])
    const eve = await server.addUser('eve')
    assert.deepEqual(codesOf(await read([good], eve)), ['not_found'])
  })

  test('are no more than fit into an answer; the rest is asked for again', async () => {
    const { rootId } = await server.newSpace()
    const contents = Array.from({ length: 10 }, () => noText(1_000_000))
    const ids = [
      ...(await make(rootId, contents.slice(0, 5))),
      ...(await make((await server.newSpace()).rootId, contents.slice(5))),
    ]
    const often = Array.from({ length: 10 }, () => ids[0] ?? '')
    assert.deepEqual(new Set(codesOf(await read(often))), new Set(['answer_full']))
    const first = await read(ids)
    assert.deepEqual(new Set(codesOf(first)), new Set(['ok', 'answer_full']))
    const left = ids.filter((_, index) => first.results[index]?.ok === false)
    const second = await read(left)
    assert.deepEqual(new Set(codesOf(second)), new Set(['ok']))
    const all = [...first.contents, ...second.contents]
    assert.deepEqual(
      all.map((bytes) => bytes.length),
      contents.map((bytes) => bytes.length),
    )
  })

  test('come although one of them is damaged in the store, which is refused', async () => {
    const { rootId } = await server.newSpace()
    const ids = await make(rootId, [noText(5000), noText(5000), noText(5000)])
    const { rows } = await server.db.pool.query<{ sha256: Buffer }>(
      'SELECT sha256 FROM nodes WHERE id = $1',
      [ids[1]],
    )
    // Where it says that the chunk lies, lies another.
    await server.db.pool.query('UPDATE chunks SET start = start + 1 WHERE hash = $1', [
      rows[0]?.sha256,
    ])
    const answer = await read(ids)
    assert.deepEqual(
      answer.results.map(({ ok }) => ok),
      [true, false, true],
    )
  })
})
