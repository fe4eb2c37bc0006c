import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Node, Page, PutContentResponse, Version, VersionDiff } from '@cloudsync/protocol'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openStockClient } from '../../../../testing/stock-clients.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

const minuteMs = 60_000

const server = sharedByTests(await openTestFiles())
const { ada } = server
const eve = await server.addUser('eve')

suite('versions', () => {
  const create = async (content: string, name = 'notes.md') => {
    const { rootId } = await server.newSpace({ eve: 'editor' })
    const answer = await ada.upload({ parentId: rootId, name }, content)
    return ((await answer.json()) as Node).id
  }
  const list = (id: string, query = '') => ada.get<Page<Version>>(`/nodes/${id}/versions${query}`)
  const put = (caller: TestCaller, id: string, content: string) =>
    caller.put<PutContentResponse>(`/nodes/${id}/content`, content)
  const content = (id: string, number: number) =>
    ada.text(`/nodes/${id}/versions/${number}/content`)
  const text = (id: string) => ada.text(`/nodes/${id}/content`)
  /** As if the time had passed with a worker running. */
  const pass = async (minutes: number) => {
    await server.files.flushTouches()
    server.clock.advance(minutes * minuteMs)
    await server.files.makeDueVersions()
  }

  test('are made when a text has been at rest for five minutes, and not before', async () => {
    const id = await create('one\n')
    await pass(4)
    assert.deepEqual((await list(id)).items, [])
    await eve.text(`/nodes/${id}/content`)
    await put(eve, id, 'two\r\n')
    await pass(4)
    assert.deepEqual((await list(id)).items, [])
    await pass(1)
    const { items } = await list(id)
    assert.equal(items.length, 1)
    const [version] = items
    assert.deepEqual(
      [version?.number, version?.reason, version?.name, version?.sizeBytes, version?.author?.name],
      [1, 'edit', null, 5, 'eve'],
    )
    const { name } = await ada.get<{ name: string }>('/me')
    assert.deepEqual(
      version?.contributors.map((person) => person.name),
      [name, 'eve'],
    )
    assert.equal(await content(id, 1), 'two\r\n')
    await pass(60)
    assert.equal((await list(id)).items.length, 1, 'nothing has changed since')
  })

  test('are made every thirty minutes while somebody goes on typing', async () => {
    const id = await create('')
    const made: number[] = []
    for (let minute = 0; minute < 70; minute += 2) {
      await put(ada, id, `minute ${minute}\n`)
      await pass(2)
      made.push((await list(id)).items.length)
    }
    assert.equal(made.at(-1), 2)
    assert.equal(made.indexOf(1), 14)
  })

  test('are not repeated when a text is what it was', async () => {
    const id = await create('one\n')
    await pass(5)
    await put(eve, id, 'two\n')
    await put(eve, id, 'one\n')
    await pass(5)
    await put(ada, id, 'three\n')
    await pass(5)
    const { items } = await list(id)
    assert.deepEqual(
      items.map((version) => version.number),
      [2, 1],
    )
    assert.equal(items[0]?.contributors.length, 1, 'counted since the text was last seen the same')
  })

  test('are made of what is typed in an editor', async () => {
    const id = await create('')
    using editor = openStockClient(eve, id)
    editor.text.insert(0, 'typed')
    await editor.saved()
    await pass(5)
    const { items } = await list(id)
    assert.deepEqual(
      items.map((version) => [version.author?.name, version.sizeBytes]),
      [['eve', 5]],
    )
  })

  test('come due again after a worker that took them has died, and once for several workers', async () => {
    const id = await create('one\n')
    server.clock.advance(5 * minuteMs)
    await server.db.pool.query('UPDATE version_dues SET due_at = $1 WHERE node_id = $2', [
      new Date(server.clock.now().getTime() + 2 * minuteMs),
      id,
    ])
    await server.files.makeDueVersions()
    assert.equal((await list(id)).items.length, 0, 'another worker has it')
    server.clock.advance(2 * minuteMs)
    await Promise.all([1, 2, 3, 4].map(() => server.files.makeDueVersions()))
    assert.equal((await list(id)).items.length, 1)
  })

  test('survive a restart as due, and find what a crash left unnoted', async () => {
    const noted = await create('one\n')
    const unnoted = await create('')
    await put(ada, unnoted, 'two\n')
    await server.files.flushTouches()
    await server.db.pool.query('DELETE FROM version_dues WHERE node_id = $1', [unnoted])
    await using again = server.openAnother()
    await again.recoverMissedVersions()
    server.clock.advance(5 * minuteMs)
    await again.makeDueVersions()
    for (const id of [noted, unnoted]) assert.equal((await list(id)).items.length, 1)
    await again.recoverMissedVersions()
    server.clock.advance(5 * minuteMs)
    assert.equal(await again.makeDueVersions(), 0)
  })

  test('are kept on demand under a name, which may change', async () => {
    const id = await create('one\n')
    const made = await eve.post<Version>(`/nodes/${id}/versions`, { name: ' First draft ' })
    assert.deepEqual(
      [made.number, made.name, made.reason, made.author?.name],
      [1, 'First draft', 'named', 'eve'],
    )
    const renamed = await ada.patch<Version>(`/nodes/${id}/versions/1`, { name: 'Draft' })
    assert.equal(renamed.name, 'Draft')
    assert.equal((await ada.patch<Version>(`/nodes/${id}/versions/1`, { name: null })).name, null)
    for (const name of ['', ' ', 'a\0b', 'x'.repeat(121), 'a\ud800']) {
      const body = {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      }
      assert.equal(
        (await ada.send('POST', `/nodes/${id}/versions`, body)).status,
        400,
        JSON.stringify(name),
      )
      assert.equal((await ada.send('PATCH', `/nodes/${id}/versions/1`, body)).status, 400)
    }
    await pass(5)
    assert.equal((await list(id)).items.length, 1, 'the text is kept already')
  })

  test('are numbered without gaps, whoever makes them at the same time', async () => {
    const id = await create('one\n')
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        ada.post(`/nodes/${id}/versions`, { name: `v${index}` }),
      ),
    )
    const first = await list(id, '?limit=6')
    const second = await list(id, `?limit=6&cursor=${first.nextCursor}`)
    assert.deepEqual(
      [...first.items, ...second.items].map((version) => version.number),
      [10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
    )
    assert.equal(second.nextCursor, null)
    assert.equal((await ada.send('GET', `/nodes/${id}/versions?cursor=x`)).status, 400)
  })

  test('are downloaded as the file was, and never change', async () => {
    const bytes = '\ufeffa\r\nb'
    const id = await create(bytes, 'a.csv')
    await ada.post(`/nodes/${id}/versions`, { name: 'v' })
    await put(ada, id, 'other\n')
    const answer = await ada.send('GET', `/nodes/${id}/versions/1/content`)
    assert.equal(Buffer.from(await answer.arrayBuffer()).toString(), bytes)
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8')
    const etag = answer.headers.get('etag') ?? ''
    const { items } = await list(id)
    assert.equal(etag, `"${items[0]?.sha256}"`)
    const known = await ada.send('GET', `/nodes/${id}/versions/1/content`, {
      headers: { 'if-none-match': etag },
    })
    assert.equal(known.status, 304)
    for (const number of ['2', '0', '99999999999', 'x'])
      assert.ok(
        [400, 404].includes(
          (await ada.send('GET', `/nodes/${id}/versions/${number}/content`)).status,
        ),
      )
  })

  test('are compared with each other and with the text as it is', async () => {
    const id = await create('one\ntwo\nthree\n')
    await ada.post(`/nodes/${id}/versions`, { name: 'a' })
    await put(ada, id, 'one\r\n2\r\nthree\r\n')
    await ada.post(`/nodes/${id}/versions`, { name: 'b' })
    await put(ada, id, 'one\r\n2\r\nthree\r\nfour\r\n')
    const toNow = await ada.get<VersionDiff>(`/nodes/${id}/versions/1/diff`)
    assert.deepEqual([toNow.added, toNow.removed], [2, 1])
    const toOther = await ada.get<VersionDiff>(`/nodes/${id}/versions/1/diff?to=2`)
    assert.deepEqual([toOther.added, toOther.removed], [1, 1])
    const same = await ada.get<VersionDiff>(`/nodes/${id}/versions/2/diff?to=2`)
    assert.deepEqual(same, { added: 0, removed: 0, hunks: [] })
    assert.equal((await ada.send('GET', `/nodes/${id}/versions/1/diff?to=9`)).status, 404)
  })

  test('are restored by edits that an open editor sees, keeping what was there', async () => {
    const id = await create('\ufeffone\r\ntwo\r\n')
    await ada.post(`/nodes/${id}/versions`, { name: 'before' })
    await put(ada, id, 'one\nnew\n')
    using editor = openStockClient(eve, id)
    await editor.until('it is loaded', () => editor.text.toString() === 'one\nnew\n')
    editor.text.insert(editor.text.length, 'typed\n')
    await editor.saved()
    const { outcome } = await ada.post<PutContentResponse>(`/nodes/${id}/versions/1/restore`)
    assert.equal(outcome, 'replaced')
    await editor.until('it is restored', () => editor.text.toString() === 'one\ntwo\n')
    assert.equal(
      Buffer.from(await (await ada.send('GET', `/nodes/${id}/content`)).arrayBuffer()).toString(),
      '\ufeffone\r\ntwo\r\n',
    )
    const { items } = await list(id)
    assert.deepEqual(
      items.map(({ number, reason }) => [number, reason]),
      [
        [2, 'before_restore'],
        [1, 'named'],
      ],
    )
    assert.equal(await content(id, 2), 'one\nnew\ntyped\n')
    await ada.post(`/nodes/${id}/versions/2/restore`)
    assert.equal(await text(id), 'one\nnew\ntyped\n')
    const again = await ada.post<PutContentResponse>(`/nodes/${id}/versions/2/restore`)
    assert.equal(again.outcome, 'unchanged')
  })

  test('of a file in the trash are listed and not given out', async () => {
    const id = await create('one\n')
    await ada.post(`/nodes/${id}/versions`, { name: 'v' })
    await ada.delete(`/nodes/${id}`)
    assert.equal((await list(id)).items.length, 1)
    for (const path of ['content', 'diff'])
      assert.equal((await ada.send('GET', `/nodes/${id}/versions/1/${path}`)).status, 410)
    assert.equal((await ada.send('POST', `/nodes/${id}/versions/1/restore`)).status, 410)
  })
})
