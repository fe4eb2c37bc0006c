import assert from 'node:assert/strict'
import { get as httpGet } from 'node:http'
import { suite, test } from 'node:test'
import type { Node, Page, PutContentResponse, Version } from '@cloudsync/protocol'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openStockClient, waitUntil } from '../../../../testing/stock-clients.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

const server = sharedByTests(await openTestFiles())
const { ada } = server
const eve = await server.addUser('eve')

suite('putting the content of a text that lives', () => {
  const create = (content: string, name = 'notes.md') =>
    server.newText(content, name, { eve: 'editor' })
  const get = async (caller: TestCaller, id: string) => {
    const answer = await caller.send('GET', `/nodes/${id}/content`)
    return { text: await answer.text(), etag: answer.headers.get('etag') ?? '' }
  }
  const put = async (
    caller: TestCaller,
    id: string,
    content: string,
    headers: Record<string, string> = {},
  ) => {
    const answer = await caller.send('PUT', `/nodes/${id}/content`, { body: content, headers })
    const body = (await answer.json()) as PutContentResponse & { code?: string; version?: number }
    return { status: answer.status, etag: answer.headers.get('etag'), body }
  }
  const versions = async (id: string) =>
    (await ada.get<Page<Version>>(`/nodes/${id}/versions`)).items
  const versionText = (id: string, number: number) =>
    ada.text(`/nodes/${id}/versions/${number}/content`)

  test('replaces it, and says what it is now', async () => {
    const id = await create('')
    const first = await put(ada, id, 'one\n')
    assert.deepEqual(first.body, {
      etag: (await get(ada, id)).etag.slice(1, -1),
      outcome: 'replaced',
      overlaps: [],
    })
    assert.equal(first.etag, `"${first.body.etag}"`)
    const again = await put(ada, id, 'one\n')
    assert.deepEqual(again.body, { ...first.body, outcome: 'unchanged' })
  })

  test('merges it with what others have done since the named version', async () => {
    const id = await create('one\ntwo\nthree\n')
    const { etag } = await get(ada, id)
    await put(eve, id, 'ONE\ntwo\nthree\n', { 'if-match': etag })
    const merged = await put(ada, id, 'one\ntwo\nTHREE\n', { 'if-match': etag })
    assert.equal(merged.body.outcome, 'merged')
    assert.deepEqual(merged.body.overlaps, [])
    assert.equal(merged.etag, null, 'no validator for bytes that were not sent')
    const now = await get(ada, id)
    assert.equal(now.text, 'ONE\ntwo\nTHREE\n')
    assert.equal(now.etag, `"${merged.body.etag}"`)
    assert.deepEqual(await versions(id), [], 'nothing unseen was changed')
  })

  test('merges it with what the session was last served, when no version is named', async () => {
    const id = await create('one\ntwo\nthree\n')
    const laptop = await server.signInAgain()
    await get(laptop, id)
    await put(ada, id, 'ONE\ntwo\nthree\n')
    await put(laptop, id, 'one\ntwo\nTHREE\n')
    assert.equal((await get(ada, id)).text, 'ONE\ntwo\nTHREE\n')
  })

  test('builds on what the session made the file with', async () => {
    const { rootId } = await server.newSpace({ eve: 'editor' })
    const { id } = await ada.post<Node>('/nodes', { parentId: rootId, name: 'a', kind: 'text' })
    await put(eve, id, 'eve\n')
    await put(ada, id, 'ada\n')
    const { text } = await get(eve, id)
    assert.deepEqual(text.split('\n').toSorted(), ['', 'ada', 'eve'])
  })

  test('goes on from what the session sent itself', async () => {
    const id = await create('one\ntwo\n')
    await get(ada, id)
    await put(ada, id, 'one\ntwo\nthree\n')
    await get(eve, id)
    await put(eve, id, 'ONE\ntwo\nthree\n')
    await put(ada, id, 'one\ntwo\n')
    assert.equal((await get(eve, id)).text, 'ONE\ntwo\n')
  })

  test('goes on from what the session last had whole, when its own words came back merged', async () => {
    const id = await create('one\ntwo\nthree\n')
    const laptop = await server.signInAgain()
    await get(laptop, id)
    await put(ada, id, 'ONE\ntwo\nthree\n')
    await put(laptop, id, 'one\ntwo\nTHREE\n')
    await put(laptop, id, 'one\ntwo\nTHREE\nfour\n')
    const now = (await get(ada, id)).text
    assert.equal(now, 'ONE\ntwo\nTHREE\nfour\n')
  })

  test('takes a 304 for a version that the session has, and a part or HEAD for none', async () => {
    const id = await create('one\ntwo\nthree\n')
    const { etag } = await get(ada, id)
    const phone = await server.signInAgain()
    const tablet = await server.signInAgain()
    await phone.send('GET', `/nodes/${id}/content`, { headers: { 'if-none-match': etag } })
    await tablet.send('GET', `/nodes/${id}/content`, { headers: { range: 'bytes=0-1' } })
    await tablet.send('HEAD', `/nodes/${id}/content`)
    await put(ada, id, 'ONE\ntwo\nthree\n')
    await put(phone, id, 'one\ntwo\nTHREE\n')
    assert.equal((await get(ada, id)).text, 'ONE\ntwo\nTHREE\n')
    await put(tablet, id, 'all\nnew\n')
    assert.equal((await get(ada, id)).text, 'all\nnew\n')
  })

  test('replaces all when it was served too long ago; the older words stay as a version', async () => {
    const id = await create('one\ntwo\n')
    const laptop = await server.signInAgain()
    await get(laptop, id)
    await put(eve, id, 'one\ntwo\neve was here\n')
    server.clock.advance(25 * 3_600_000)
    const replaced = await put(laptop, id, 'one\n')
    assert.equal(replaced.body.outcome, 'replaced')
    assert.equal((await get(ada, id)).text, 'one\n')
    const [version] = await versions(id)
    assert.equal(version?.reason, 'before_import')
    assert.equal(await versionText(id, version?.number ?? 0), 'one\ntwo\neve was here\n')
  })

  test('keeps the words of both on one line, says where, and what was there as a version', async () => {
    const id = await create('title\nthe cat sat\nend\n')
    const { etag } = await get(ada, id)
    await put(eve, id, 'title\nthe dog sat\nend\n', { 'if-match': etag })
    const merged = await put(ada, id, 'title\nthe bird sat\nend\n', { 'if-match': etag })
    const { text } = await get(ada, id)
    assert.match(text, /dog/)
    assert.match(text, /bird/)
    assert.equal(merged.body.overlaps.length, 1)
    const lines = text.split('\n')
    const { fromLine, toLine } = merged.body.overlaps[0] ?? { fromLine: 0, toLine: 0 }
    assert.match(lines.slice(fromLine - 1, toLine).join('\n'), /dog|bird/)
    const [version] = await versions(id)
    assert.equal(version?.reason, 'before_import')
    assert.equal(await versionText(id, version?.number ?? 0), 'title\nthe dog sat\nend\n')
  })

  test('of a file that programs read is left to a person when the merge would break it', async () => {
    const id = await create('{\n  "a": 1\n}\n', 'settings.json')
    const { etag } = await get(ada, id)
    await put(eve, id, '{\n  "a": 2\n}\n', { 'if-match': etag })
    const conflict = await put(ada, id, '{\n  "a": 3\n}\n', { 'if-match': etag })
    assert.deepEqual([conflict.status, conflict.body.code], [409, 'merge_conflict'])
    assert.equal((await get(ada, id)).text, '{\n  "a": 2\n}\n')
    const [version, ...others] = await versions(id)
    assert.deepEqual(
      [version?.number, version?.reason, others.length],
      [conflict.body.version, 'conflict', 0],
    )
    assert.equal(await versionText(id, conflict.body.version ?? 0), '{\n  "a": 3\n}\n')
    const again = await put(ada, id, '{\n  "a": 3\n}\n', { 'if-match': etag })
    assert.equal(again.body.version, conflict.body.version, 'the same bytes are kept once')
  })

  test('needs a version that is known', async () => {
    const id = await create('one\n')
    const { etag } = await get(ada, id)
    for (const unknown of ['"1.99999"', '"9.1"', '"x"', `W/${etag}`, '"1.1.1"']) {
      const refused = await put(ada, id, 'two\n', { 'if-match': unknown })
      assert.deepEqual([refused.status, refused.body.code], [412, 'precondition_failed'], unknown)
    }
    assert.equal((await put(ada, id, 'two\n', { 'if-match': 'one' })).status, 400)
    assert.equal((await put(ada, id, 'two\n', { 'if-none-match': '*' })).status, 412)
    assert.equal((await put(ada, id, 'two\n', { 'if-none-match': etag })).status, 412)
    assert.equal((await get(ada, id)).text, 'one\n')
    assert.equal((await put(ada, id, 'two\n', { 'if-match': '*' })).status, 200)
    assert.equal((await put(ada, id, 'three\n', { 'if-match': `"x", ${etag}` })).status, 200)
    assert.equal((await put(ada, id, 'four\n', { 'if-none-match': '"x"' })).status, 200)
  })

  test('shows in an open editor at once, beside what is being typed there', async () => {
    const id = await create('one\ntwo\n')
    using editor = openStockClient(eve, id)
    await editor.until('it is loaded', () => editor.text.toString() === 'one\ntwo\n')
    const { etag } = await get(ada, id)
    editor.text.insert(0, 'typed ')
    await editor.saved()
    await put(ada, id, 'one\ntwo\nput\n', { 'if-match': etag })
    await editor.until('the put arrives', () => editor.text.toString() === 'typed one\ntwo\nput\n')
    assert.equal((await get(ada, id)).text, 'typed one\ntwo\nput\n')
  })

  test('loses nothing that is typed while many put at the same time', async () => {
    const id = await create('start\n')
    using editor = openStockClient(eve, id)
    await editor.until('it is loaded', () => editor.text.length > 0)
    const { etag } = await get(ada, id)
    const puts = Array.from({ length: 8 }, (_, index) =>
      put(ada, id, `start\nput ${index}\n`, { 'if-match': etag }),
    )
    for (let index = 0; index < 20; index++) editor.text.insert(0, `<${index}>`)
    for (const { status } of await Promise.all(puts)) assert.equal(status, 200)
    await editor.saved()
    await editor.until('all is there', () => editor.text.toString().includes('put 7'))
    const { text } = await get(ada, id)
    for (let index = 0; index < 8; index++) assert.ok(text.includes(`put ${index}`), `put ${index}`)
    for (let index = 0; index < 20; index++)
      assert.ok(text.includes(`<${index}>`), `typed ${index}`)
  })

  test('of a long text meets what is typed while it is compared', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index}\n`)
    const id = await create(lines.join(''))
    using editor = openStockClient(eve, id)
    await editor.until('it is loaded', () => editor.text.length > 300_000)
    const { etag } = await get(ada, id)
    let isDone = false
    const done = put(ada, id, lines.with(20_000, 'put\n').join(''), { 'if-match': etag }).finally(
      () => (isDone = true),
    )
    let typed = 0
    await waitUntil('it is put', () => {
      editor.text.insert(0, `<${typed++}>`)
      return isDone
    })
    assert.equal((await done).status, 200)
    await editor.saved()
    const { text } = await get(ada, id)
    assert.equal(text.slice(text.indexOf('line 0')), lines.with(20_000, 'put\n').join(''))
    for (let index = 0; index < typed; index++)
      assert.ok(text.includes(`<${index}>`), `typed ${index}`)
  })

  test('shows in the node when it answers: size, time and person', async () => {
    const id = await create('one\n')
    server.clock.advance(60_000)
    await put(eve, id, 'one\r\ntwo\r\n')
    const node = await ada.get<Node>(`/nodes/${id}`)
    assert.equal(node.sizeBytes, 10)
    assert.equal(node.updatedAt, server.clock.now().toISOString())
    assert.equal(node.updatedBy?.name, 'eve')
    await server.files.flushTouches()
    const { rows } = await server.db.pool.query<{ count: number }>(
      "SELECT count(*) FROM events WHERE node_id = $1 AND type = 'file.updated'",
      [id],
    )
    assert.equal(rows[0]?.count, 2, 'one event for each put')
  })

  test('does not build on bytes that did not arrive', async () => {
    const id = await create('one\ntwo\n')
    const laptop = await server.signInAgain()
    await get(laptop, id)
    // More than the buffers between the two ends hold.
    await put(eve, id, 'one\ntwo\n'.concat(`${'eve '.repeat(2_000)}\n`.repeat(1_500)))
    await breakOffGet(laptop, id)
    const served = async () => {
      const { rows } = await server.db.pool.query<{ seq: number }>(
        'SELECT seq FROM served_contents WHERE node_id = $1 AND session_id = $2',
        [id, sessionOf(laptop)],
      )
      return rows[0]?.seq
    }
    const before = await served()
    await waitUntil('what arrived before counts again', async () => (await served()) === 1)
    assert.ok(before === 1 || before === 2)
    await put(laptop, id, 'ONE\ntwo\n')
    assert.match((await get(ada, id)).text, /^ONE\ntwo\neve eve/)
  })
})

/** Asks for the content, and goes away when it begins to come. */
function breakOffGet(caller: TestCaller, id: string): Promise<void> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${caller.accessToken}` }
    const request = httpGet(`${caller.url}/api/v1/nodes/${id}/content`, { headers }, () =>
      request.destroy(),
    )
    request.on('error', () => undefined)
    request.on('close', () => resolve())
  })
}

function sessionOf(caller: TestCaller): string {
  const claims = Buffer.from(caller.accessToken.split('.')[1] ?? '', 'base64url').toString()
  return (JSON.parse(claims) as { sid: string }).sid
}
