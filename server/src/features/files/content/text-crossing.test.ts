import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Conflict, Node, Page, PutContentResponse, Version } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openStockClient, waitUntil } from '../../../../testing/stock-clients.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

const picture = Uint8Array.from(Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'))

const server = sharedByTests(await openTestFiles())
const { ada } = server
const eve = await server.addUser('eve')

suite('a text that becomes a blob, and back', () => {
  const create = (content: string, name = 'notes.md') =>
    server.newText(content, name, { eve: 'editor' })
  const put = async (
    caller: TestCaller,
    id: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => {
    const answer = await caller.send('PUT', `/nodes/${id}/content`, { body, headers })
    const said = (await answer.json()) as PutContentResponse & { code?: string }
    return { ...said, status: answer.status }
  }
  const bytes = async (id: string) =>
    Buffer.from(await (await ada.send('GET', `/nodes/${id}/content`)).arrayBuffer())
  const etag = async (id: string) =>
    (await ada.send('HEAD', `/nodes/${id}/content`)).headers.get('etag') ?? ''
  const kind = async (id: string) => (await ada.get<Node>(`/nodes/${id}`)).kind
  const versionTexts = async (id: string) => {
    const { items } = await ada.get<Page<Version>>(`/nodes/${id}/versions`)
    return Promise.all(
      items.toReversed().map(({ number }) => ada.text(`/nodes/${id}/versions/${number}/content`)),
    )
  }

  test('keeps its last words as a version, with who wrote them', async () => {
    const id = await create('\ufefffirst\r\nsecond\r\n')
    await put(eve, id, '\ufefffirst\r\nEVE\r\n')
    const done = await put(ada, id, picture)
    assert.deepEqual([done.status, done.outcome], [200, 'replaced'])
    assert.equal(await kind(id), 'blob')
    assert.deepEqual(await bytes(id), Buffer.from(picture))
    const { items } = await ada.get<Page<Version>>(`/nodes/${id}/versions`)
    assert.equal(items.length, 2 + 1, 'what the imports replaced, the last text, the picture')
    const sealed = await ada.send('GET', `/nodes/${id}/versions/${items[1]?.number}/content`)
    assert.equal(Buffer.from(await sealed.arrayBuffer()).toString(), '\ufefffirst\r\nEVE\r\n')
    assert.deepEqual(
      items[1]?.contributors.map(({ name }) => name),
      ['eve'],
    )
  })

  test('sends away those who have it open, and lets nobody in', async () => {
    const id = await create('words')
    using editor = openStockClient(eve, id)
    await editor.until('it is loaded', () => editor.text.toString() === 'words')
    const closed = new Promise<number>((resolve) => {
      editor.provider.on('close', ({ event }: { event: { code: number } }) => resolve(event.code))
    })
    await put(ada, id, picture)
    assert.equal(await closed, 4411)
    using late = openStockClient(eve, id)
    const reason = await new Promise<string>((resolve) => {
      late.provider.on('authenticationFailed', (denied: { reason: string }) =>
        resolve(denied.reason),
      )
    })
    assert.equal(reason, 'sealed')
  })

  test('loses no acknowledged word while people type', async () => {
    for (let round = 0; round < 6; round++) {
      const id = await create('start ')
      using editor = openStockClient(eve, id)
      await editor.until('it is loaded', () => editor.text.toString() === 'start ')
      let acknowledged = ''
      let isDone = false
      const typing = (async () => {
        for (let index = 0; !isDone; index++) {
          editor.text.insert(editor.text.length, `<${index}>`)
          const text = editor.text.toString()
          const isSaved = () => editor.provider.isSynced && !editor.provider.hasUnsyncedChanges
          await waitUntil('it is saved, or cannot be', () => isDone || isSaved())
          if (isSaved()) acknowledged = text
        }
      })()
      await waitUntil('something is typed', () => editor.text.length > 12 + round * 9)
      const done = await put(ada, id, picture)
      isDone = true
      editor.socket.disconnect()
      await typing
      assert.equal(done.status, 200, JSON.stringify(done))
      const kept = await versionTexts(id)
      assert.ok(
        kept.some((text) => text.startsWith(acknowledged)),
        `"${acknowledged}" is in none of ${JSON.stringify(kept)}`,
      )
      assert.deepEqual(await bytes(id), Buffer.from(picture))
    }
  })

  test('keeps what was typed too late as a version, for a person to decide', async () => {
    const id = await create('start')
    using editor = openStockClient(eve, id)
    await editor.until('it is loaded', () => editor.text.toString() === 'start')
    // What another server does: the text ends, and this one does not know of it yet.
    const live = server.live.documents
    const held = await server.db.pool.connect()
    await held.query('BEGIN')
    await held.query('SELECT FROM documents WHERE id = $1 FOR UPDATE', [id])
    editor.text.insert(5, ' late')
    await waitUntil('it waits for the log', () => editor.provider.unsyncedChanges > 0)
    await held.query('UPDATE documents SET epoch = epoch + 1 WHERE id = $1', [id])
    await held.query('DELETE FROM update_log WHERE document_id = $1', [id])
    await held.query("UPDATE nodes SET kind = 'blob', sha256 = $2 WHERE id = $1", [
      id,
      Buffer.alloc(32),
    ])
    await waitUntil('its append waits', async () => {
      const { rows } = await server.db.pool.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      )
      return (rows[0]?.count ?? 0) > 0
    })
    await held.query('COMMIT')
    held.release()
    await live.dismissSealed(id as never)
    await waitUntil('the late edit is noted', async () => {
      await server.files.settleLateEdits()
      return (await ada.get<Node>(`/nodes/${id}`)).hasConflicts
    })
    const { items } = await ada.get<Page<Conflict>>(`/conflicts?nodeId=${id}`)
    assert.equal(items.length, 1)
    assert.equal(items[0]?.mine.by?.name, 'eve')
    const { version } = items[0]?.mine ?? {}
    assert.equal(await ada.text(`/nodes/${id}/versions/${version}/content`), 'start late')
    await ada.post(`/conflicts/${items[0]?.id}/resolve`, { choice: 'mine' })
    assert.equal(await kind(id), 'text')
    assert.equal((await bytes(id)).toString(), 'start late')
  })

  test('begins anew as a text, that people edit together', async () => {
    const id = await create('old words')
    const former = await etag(id)
    await put(ada, id, picture)
    const done = await put(ada, id, 'new\r\nwords\r\n')
    assert.equal(await kind(id), 'text')
    assert.equal(`"${done.etag}"`, await etag(id))
    assert.notEqual(await etag(id), former)
    assert.equal((await bytes(id)).toString(), 'new\r\nwords\r\n')
    using editor = openStockClient(eve, id)
    await editor.until('it is loaded', () => editor.text.toString() === 'new\nwords\n')
    editor.text.insert(0, 'typed ')
    await editor.saved()
    assert.equal((await bytes(id)).toString(), 'typed new\r\nwords\r\n')
    assert.deepEqual((await versionTexts(id)).slice(-3), [
      'old words',
      Buffer.from(picture).toString(),
      'new\r\nwords\r\n',
    ])
    // A base from the new epoch merges as ever.
    const merged = await put(ada, id, 'new\r\nwords\r\nmore\r\n', { 'if-match': `"${done.etag}"` })
    assert.equal(merged.outcome, 'merged')
    assert.equal((await bytes(id)).toString(), 'typed new\r\nwords\r\nmore\r\n')
  })

  test('takes nothing of the earlier text from who comes back with it', async () => {
    const id = await create('')
    const doc = new Y.Doc()
    let state = new Uint8Array()
    {
      using editor = openStockClient(eve, id, { doc })
      editor.text.insert(0, 'old words')
      await editor.saved()
      state = new Uint8Array(Y.encodeStateAsUpdate(doc))
    }
    await put(ada, id, picture)
    await put(ada, id, 'new words')
    {
      const former = new Y.Doc()
      Y.applyUpdate(former, state)
      using back = openStockClient(eve, id, { doc: former })
      await back.until('the server has answered', () => back.text.toString().includes('new words'))
      await waitUntil('what came is set aside', async () => {
        const { rows } = await server.db.pool.query(
          'SELECT FROM quarantine WHERE document_id = $1',
          [id],
        )
        return rows.length > 0
      })
    }
    assert.equal((await bytes(id)).toString(), 'new words')
  })

  test('is restored across the crossing, both ways', async () => {
    const id = await create('words')
    await put(ada, id, picture)
    const { items } = await ada.get<Page<Version>>(`/nodes/${id}/versions`)
    const [pictureVersion, textVersion] = items
    await ada.post(`/nodes/${id}/versions/${textVersion?.number}/restore`)
    assert.deepEqual([await kind(id), (await bytes(id)).toString()], ['text', 'words'])
    await ada.post(`/nodes/${id}/versions/${pictureVersion?.number}/restore`)
    assert.equal(await kind(id), 'blob')
    assert.deepEqual(await bytes(id), Buffer.from(picture))
    await ada.post(`/nodes/${id}/versions/${textVersion?.number}/restore`)
    assert.equal((await bytes(id)).toString(), 'words')
  })

  test('obeys the policy when somebody has typed meanwhile', async () => {
    const id = await create('words\n')
    const base = await etag(id)
    await put(eve, id, 'words\nof eve\n', { 'if-match': base })
    await server.db.pool.query(
      "UPDATE spaces SET conflict_policy = 'ask' WHERE id = (SELECT space_id FROM nodes WHERE id = $1)",
      [id],
    )
    assert.equal((await put(ada, id, picture, { 'if-match': base })).code, 'content_conflict')
    assert.equal((await bytes(id)).toString(), 'words\nof eve\n')
    assert.equal((await put(ada, id, picture, { 'if-match': '"7.7"' })).status, 412)
    const { items } = await ada.get<Page<Conflict>>(`/conflicts?nodeId=${id}`)
    await ada.post(`/conflicts/${items[0]?.id}/resolve`, { choice: 'mine' })
    assert.deepEqual(await bytes(id), Buffer.from(picture))
    assert.ok((await versionTexts(id)).includes('words\nof eve\n'))
  })

  test('survives many crossings at once', async () => {
    const id = await create('words')
    const bodies = ['a', picture, 'b', picture, 'c', picture, 'd', picture]
    const answers = await Promise.all(bodies.map((body) => put(ada, id, body)))
    for (const { status } of answers) assert.ok(status === 200 || status === 503, String(status))
    assert.ok(answers.some(({ status }) => status === 200))
    const now = await bytes(id)
    const last = (await kind(id)) === 'blob' ? [Buffer.from(picture).toString()] : undefined
    // Two texts after one another are merged, line by line.
    assert.ok(last ? now.toString() === last[0] : /^[a-d\n]+$/.test(now.toString()), now.toString())
  })

  test('keeps its history through compaction in the new epoch', async () => {
    const id = await create('old')
    await put(ada, id, picture)
    await put(ada, id, 'line\n')
    const base = await etag(id)
    for (let index = 0; index < 5; index++) await put(ada, id, `line\n${index}\n`)
    const [epoch = 0, seq = 0] = base.replaceAll('"', '').split('.').map(Number)
    assert.ok((await server.live.compactor.compact(id as never)) > 0)
    // That it began with is the state before its first row.
    const first = await server.live.documents.findTextAt(id as never, { epoch, seq })
    assert.equal(first, 'line\n')
    assert.equal((await bytes(id)).toString(), 'line\n4\n')
    const merged = await put(ada, id, 'LINE\n', { 'if-match': base })
    assert.equal(merged.status, 200)
    assert.equal((await bytes(id)).toString(), 'LINE\n4\n')
  })
})
