import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createClient, newNodeId } from '@cloudsync/client'
import type { NodeId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { startTestServer, testAdmin, TestLink } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { RemoteError } from '../src/sync/model/failures.ts'
import type { RemoteOutcome } from '../src/sync/ports.ts'
import { outgoingText, absorbText } from '../src/sync/texts/absorb-text.ts'
import { ingestText } from '../src/sync/texts/ingest-text.ts'
import { nextWrite, sha256Of, startText } from '../src/sync/texts/text-state.ts'
import { TestRemote } from '../testing/test-remote.ts'

const server = sharedByTests(await startTestServer())
const ada = createClient({ url: server.url, credentials: testAdmin })
const [space] = await ada.spaces.list().all()
assert.ok(space)
const spaceId = space.id
const bo = createClient({
  url: server.url,
  credentials: { accessToken: (await server.addEditor('Bo')).accessToken },
})

let operations = 0
const operationId = () => `operation-${++operations}`
const makeFolder = (name: string, parentId = space.rootId) =>
  ada.nodes.create({ parentId, name, kind: 'folder' })

function valueOf<T>(outcome: RemoteOutcome<T>): T {
  assert.equal(outcome.kind, 'done', JSON.stringify(outcome))
  assert.ok(outcome.kind === 'done')
  return outcome.value
}

async function linked(name: string) {
  const folder = await makeFolder(name)
  const place = { spaceId, folderId: folder.id, isWholeSpace: false }
  const copy = new TestRemote(ada, place)
  await copy.takeSnapshot()
  return { folder, copy }
}

suite('the feed of a linked folder', () => {
  test('tells what is in it, and nothing of what is beside it', async () => {
    const { folder, copy } = await linked('fed')
    await makeFolder('beside it')
    const inner = await makeFolder('inner', folder.id)
    await ada.nodes.createFile({ parentId: inner.id, name: 'a.txt', content: 'words' })
    await copy.catchUp()
    assert.deepEqual(copy.paths(), ['inner', 'inner/a.txt'])
    const fresh = new TestRemote(ada, { spaceId, folderId: folder.id, isWholeSpace: false })
    await fresh.takeSnapshot()
    assert.deepEqual(fresh.paths(), copy.paths())
    for (const [id, entry] of copy.entries) assert.deepEqual(fresh.entries.get(id), entry)
  })

  test('tells all of a folder that is moved in, and forgets one that is moved out', async () => {
    const { folder, copy } = await linked('moved')
    const far = await makeFolder('far')
    const deep = await makeFolder('deep', far.id)
    await ada.nodes.createFile({ parentId: deep.id, name: 'a.txt', content: 'words' })
    await copy.catchUp()
    assert.deepEqual(copy.paths(), [])
    await ada.nodes.move(far.id, { parentId: folder.id })
    await copy.catchUp()
    assert.deepEqual(copy.paths(), ['far', 'far/deep', 'far/deep/a.txt'])
    await ada.nodes.move(far.id, { parentId: space.rootId, name: 'far again' })
    await ada.nodes.rename(deep.id, 'deeper')
    await copy.catchUp()
    assert.deepEqual(copy.paths(), [])
  })

  test('of a whole space tells all of a folder that comes back from the trash', async () => {
    const place = { spaceId, folderId: space.rootId, isWholeSpace: true }
    const copy = new TestRemote(ada, place)
    const folder = await makeFolder('whole')
    const deep = await makeFolder('deep', folder.id)
    await ada.nodes.createFile({ parentId: deep.id, name: 'a.txt', content: 'words' })
    await copy.takeSnapshot()
    const own = () => copy.paths().filter((path) => path.startsWith('whole'))
    const all = ['whole', 'whole/deep', 'whole/deep/a.txt']
    assert.deepEqual(own(), all)
    await ada.nodes.trash(folder.id)
    await copy.catchUp()
    assert.deepEqual(own(), [])
    await ada.nodes.restore(folder.id)
    await copy.catchUp()
    assert.deepEqual(own(), all)
  })

  test('of a whole space tells all of a folder that left another before that went, and was renamed a page later', async () => {
    const copy = new TestRemote(ada, { spaceId, folderId: space.rootId, isWholeSpace: true })
    const above = await makeFolder('above')
    const left = await makeFolder('left', above.id)
    await ada.nodes.createFile({ parentId: left.id, name: 'a.txt', content: 'words' })
    await copy.takeSnapshot()
    await ada.nodes.move(left.id, { parentId: space.rootId })
    await ada.nodes.trash(above.id)
    for (const half of [1, 2]) {
      const many = Array.from({ length: 500 }, (_, count) => `${half}-${count}`)
      const folder = await makeFolder(`many ${half}`)
      await ada.nodes.bulk(
        many.map((name) => ({ type: 'create', parentId: folder.id, name, kind: 'folder' })),
      )
    }
    await ada.nodes.rename(left.id, 'left and renamed')
    await copy.catchUp()
    const own = copy.paths().filter((path) => /^(?:left|above)/.test(path))
    assert.deepEqual(own, ['left and renamed', 'left and renamed/a.txt'])
  })

  for (const isWholeSpace of [true, false])
    test(`of ${isWholeSpace ? 'a whole space' : 'a folder'} goes on where a folder came, and went with the one above it`, async () => {
      const linkedFolder = await makeFolder(`came and went ${isWholeSpace}`)
      const folderId = isWholeSpace ? space.rootId : linkedFolder.id
      const copy = new TestRemote(ada, { spaceId, folderId, isWholeSpace })
      const above = await makeFolder('holder', linkedFolder.id)
      const coming = await makeFolder('coming', linkedFolder.id)
      await ada.nodes.createFile({ parentId: coming.id, name: 'a.txt', content: 'words' })
      await copy.takeSnapshot()
      const own = () =>
        copy.paths().flatMap((path) => /(?:^|\/)((?:holder|coming).*)/.exec(path)?.[1] ?? [])
      assert.deepEqual(own(), ['coming', 'coming/a.txt', 'holder'])
      await ada.nodes.move(coming.id, { parentId: above.id })
      await ada.nodes.trash(above.id)
      await copy.catchUp()
      assert.deepEqual(own(), [])
      await ada.nodes.restore(above.id)
      await copy.catchUp()
      assert.deepEqual(own(), ['holder', 'holder/coming', 'holder/coming/a.txt'])
    })

  test('does not pass over a folder that came while all of the linked folder is in the trash', async () => {
    const outer = await makeFolder('outer')
    const inner = await makeFolder('inner', outer.id)
    const copy = new TestRemote(ada, { spaceId, folderId: inner.id, isWholeSpace: false })
    await copy.takeSnapshot()
    const far = await makeFolder('far away')
    await ada.nodes.createFile({ parentId: far.id, name: 'a.txt', content: 'words' })
    await ada.nodes.move(far.id, { parentId: inner.id })
    await ada.nodes.trash(outer.id)
    await assert.rejects(copy.catchUp(), { name: 'RemoteError', code: 'trashed' })
    await ada.nodes.restore(outer.id)
    await copy.catchUp()
    assert.deepEqual(copy.paths(), ['far away', 'far away/a.txt'])
  })

  test('waits for what comes', async () => {
    const { folder, copy } = await linked('awaited')
    const coming = copy.remote.changes(copy.cursor, 20_000)
    await bo.nodes.create({ parentId: folder.id, name: 'new', kind: 'folder' })
    const page = await coming
    assert.ok(page !== 'expired')
    copy.take(page)
    await copy.catchUp()
    assert.deepEqual(copy.paths(), ['new'])
  })

  test('is taken anew when something goes out of sight that no change tells of', async () => {
    const { folder } = await linked('shared')
    const inner = await makeFolder('inner', folder.id)
    await makeFolder('other', folder.id)
    const { accessToken } = await server.addUser('Di')
    const di = createClient({ url: server.url, credentials: { accessToken } })
    await ada.access.putGrant(folder.id, {
      subject: { kind: 'user', id: (await di.me()).id },
      role: 'viewer',
    })
    const copy = new TestRemote(di, { spaceId, folderId: folder.id, isWholeSpace: false })
    await copy.takeSnapshot()
    assert.deepEqual(copy.paths(), ['inner', 'other'])
    const coming = copy.remote.changes(copy.cursor, 20_000)
    await ada.access.setInheritance(inner.id, false)
    // The answer may have been begun just before, and then the next one says it.
    const page = await coming
    if (page !== 'expired') assert.equal(await copy.remote.changes(page.cursor, 20_000), 'expired')
    await copy.takeSnapshot()
    assert.deepEqual(copy.paths(), ['other'])
  })

  test('says of a linked folder that is in the trash that it is gone, and of nothing in it', async () => {
    const { folder, copy } = await linked('lost')
    await makeFolder('inner', folder.id)
    await copy.catchUp()
    await ada.nodes.trash(folder.id)
    await assert.rejects(copy.catchUp(), (error) => {
      return error instanceof RemoteError && error.code === 'linked_folder_gone'
    })
    await ada.nodes.restore(folder.id)
    await copy.catchUp()
    assert.deepEqual(copy.paths(), ['inner'])
  })

  test('begins anew for a cursor of a form that is not known', async () => {
    const { copy } = await linked('cursors')
    for (const cursor of ['', '12', '[1,2]', 'null'])
      assert.equal(await copy.remote.changes(cursor, 0), 'expired')
  })

  test('ends a wait by its signal', async () => {
    const { copy } = await linked('left')
    const stop = new AbortController()
    const coming = copy.remote.changes(copy.cursor, 20_000, stop.signal)
    stop.abort(new Error('enough'))
    await assert.rejects(coming, /enough/)
  })
})

suite('changes of the tree', () => {
  test('are made once, however often they are sent', async () => {
    const { folder, copy } = await linked('once')
    const place = { id: newNodeId(), parentId: folder.id, name: 'made' }
    const first = valueOf(await copy.remote.createFolder(place, 'create-once-1'))
    const again = valueOf(await copy.remote.createFolder(place, 'create-once-1'))
    assert.deepEqual(first, again)
    assert.equal(first.entry.kind, 'folder')
    const other = await copy.remote.createFolder({ ...place, id: newNodeId() }, operationId())
    assert.deepEqual(other.kind === 'refused' && other.code, 'name_taken')
  })

  test('say no to who would restore what was purged, as nothing more is to be heard of it', async () => {
    const { folder, copy } = await linked('purged')
    const file = await ada.nodes.createFile({
      parentId: folder.id,
      name: 'a.txt',
      content: 'words',
    })
    await ada.nodes.trash(file.id)
    await ada.trash.purge(file.id)
    const outcome = await copy.remote.restore(file.id, operationId())
    assert.equal(outcome.kind === 'refused' && outcome.code, 'not_found')
  })

  test('move a text, and say what it is called that it holds', async () => {
    const { folder, copy } = await linked('carried')
    const { id } = await ada.nodes.createFile({ parentId: folder.id, name: 'a.txt', content: 'a' })
    await copy.catchUp()
    const before = copy.entries.get(id)
    const seen = { parentId: folder.id, name: 'a.txt' }
    const place = { id, parentId: folder.id, name: 'b.txt' }
    const { entry } = valueOf(await copy.remote.move(place, seen, operationId()))
    assert.equal(entry.name, 'b.txt')
    assert.equal(entry.content, before?.content)
    assert.ok(entry.isText && entry.canEdit)
  })

  test('delete what was seen, and nothing that has changed since, or holds what was not seen', async () => {
    const { folder, copy } = await linked('deleted')
    const [same, changed, filled] = await Promise.all(
      ['same', 'changed', 'filled'].map((name) => makeFolder(name, folder.id)),
    )
    assert.ok(same && changed && filled)
    await copy.catchUp()
    const items = [same, changed, filled].map(({ id }) => ({
      id,
      seq: copy.entries.get(id)?.seq ?? 0,
      below: [],
    }))
    await bo.nodes.rename(changed.id, 'renamed')
    await makeFolder('unseen', filled.id)
    const { results, batchId } = await copy.remote.trash(items, operationId())
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['done', 'stale', 'stale'],
    )
    assert.ok(batchId)
    await copy.catchUp()
    assert.deepEqual(copy.paths(), ['filled', 'filled/unseen', 'renamed'])
    const { entry } = valueOf(await copy.remote.restore(same.id, operationId()))
    assert.equal(entry.name, 'same')
  })

  test('are refused to who may only read, who sees that before', async () => {
    const { folder } = await linked('read only')
    const { id } = await ada.nodes.createFile({ parentId: folder.id, name: 'a.txt', content: 'a' })
    const { accessToken } = await server.addUser('Cy')
    const cy = createClient({ url: server.url, credentials: { accessToken } })
    await ada.access.putGrant(folder.id, {
      subject: { kind: 'user', id: (await cy.me()).id },
      role: 'viewer',
    })
    const copy = new TestRemote(cy, { spaceId, folderId: folder.id, isWholeSpace: false })
    await copy.takeSnapshot()
    assert.equal(copy.entries.get(id)?.canEdit, false)
    const place = { id: newNodeId(), parentId: folder.id, name: 'x' }
    const made = await copy.remote.createFolder(place, operationId())
    assert.equal(made.kind === 'refused' && made.code, 'forbidden')
    const [sent] = await copy.remote.upload([copy.newFile('b.bin', Buffer.from([0, 1]))])
    assert.equal(sent?.kind === 'refused' && sent.code, 'forbidden')
    const doc = new Y.Doc()
    doc.getText('content').insert(0, 'mine')
    const stateVector = Y.encodeStateVector(doc)
    const update = Y.encodeStateAsUpdate(doc)
    const [told] = await copy.remote.exchangeTexts([
      { id, content: undefined, stateVector, update },
    ])
    assert.equal(told?.kind === 'refused' && told.code, 'forbidden')
    assert.equal(await ada.content.text(id), 'a')
  })

  test('throw while the server cannot be reached', async () => {
    const { folder } = await linked('cut off')
    await using link = await TestLink.to(server.url)
    const far = createClient({ url: link.url, credentials: testAdmin, maxAttempts: 1 })
    const copy = new TestRemote(far, { spaceId, folderId: folder.id, isWholeSpace: false })
    await copy.takeSnapshot()
    await link.cut()
    const place = { id: newNodeId(), parentId: folder.id, name: 'late' }
    await assert.rejects(copy.remote.createFolder(place, 'late-folder'), RemoteError)
    await assert.rejects(copy.remote.changes(copy.cursor, 0), RemoteError)
    await link.mend()
    valueOf(await copy.remote.createFolder(place, 'late-folder'))
  })
})

suite('texts on a disk', () => {
  test('meet what is typed elsewhere, in one request for all of them', async () => {
    const { folder, copy } = await linked('texts')
    const content = 'first line\r\nsecond line\r\n'
    const { id } = await ada.nodes.createFile({ parentId: folder.id, name: 'a.txt', content })
    const nothing = { stateVector: Y.encodeStateVector(new Y.Doc()), update: new Uint8Array() }
    const [told] = await copy.remote.exchangeTexts([{ id, content: undefined, ...nothing }])
    assert.ok(told)
    const disk = Buffer.from(content)
    let state = startText({
      ...valueOf(told),
      format: { bom: false, lineEnding: 'crlf' },
      diskSha256: sha256Of(disk),
    })
    assert.equal(nextWrite(state), undefined)
    await using live = bo.openText(id)
    await live.opened()
    live.text.insert(live.text.length, 'typed\n')
    await live.saved()
    const edited = Buffer.from(content.replace('second', 'my second'))
    const ingested = ingestText(state, edited, { clientId: 4711, mayBeWritten: false })
    assert.ok(ingested.kind === 'changed')
    state = ingested.state
    const outgoing = outgoingText(state)
    // The first answer is lost.
    for (let time = 0; time < 2; time++)
      valueOf(
        (await copy.remote.exchangeTexts([{ id, content: state.content, ...outgoing }]))[0] ?? {
          kind: 'stale',
        },
      )
    const [answer] = await copy.remote.exchangeTexts([{ id, content: state.content, ...outgoing }])
    assert.ok(answer)
    const absorbed = absorbText(state, { fileName: 'a.txt', ...outgoing, ...valueOf(answer) })
    assert.ok(absorbed.kind === 'merged')
    const bytes = absorbed.write?.bytes ?? new Uint8Array()
    assert.equal(String(Buffer.from(bytes)), 'first line\r\nmy second line\r\ntyped\r\n')
    assert.equal(await ada.content.text(id), 'first line\r\nmy second line\r\ntyped\r\n')
  })

  test('come all of them, though they are more than one answer holds', async () => {
    const { folder, copy } = await linked('many texts')
    const content = 'a line of a long text\n'.repeat(80_000)
    const ids: NodeId[] = []
    for (let index = 0; index < 12; index++) {
      const file = { parentId: folder.id, name: `${index}.txt`, content }
      ids.push((await ada.nodes.createFile(file)).id)
    }
    const nothing = { stateVector: Y.encodeStateVector(new Y.Doc()), update: new Uint8Array() }
    const answers = await copy.remote.exchangeTexts(ids.map((id) => ({ id, ...nothing })))
    assert.equal(answers.length, 12)
    for (const answer of answers) assert.ok(valueOf(answer).update.length > content.length)
  })

  test('of which more was typed than goes into a request are refused, and the others are not', async () => {
    const { folder, copy } = await linked('much typed')
    const texts = await Promise.all(
      ['a.txt', 'b.txt'].map((name) =>
        ada.nodes.createFile({ parentId: folder.id, name, content: 'a' }),
      ),
    )
    const doc = new Y.Doc()
    doc.getText('content').insert(0, 'typed '.repeat(1_200_000))
    const stateVector = Y.encodeStateVector(doc)
    const much = { stateVector, update: Y.encodeStateAsUpdate(doc) }
    const little = { stateVector, update: new Uint8Array() }
    const answers = await copy.remote.exchangeTexts(
      texts.map(({ id }, index) => ({ id, ...(index === 0 ? much : little) })),
    )
    assert.deepEqual(
      answers.map((answer) => (answer.kind === 'refused' ? answer.code : answer.kind)),
      ['too_large', 'done'],
    )
  })

  test('that are gone are answered by themselves', async () => {
    const { folder, copy } = await linked('gone texts')
    const { id } = await ada.nodes.createFile({ parentId: folder.id, name: 'a.txt', content: 'a' })
    const { id: other } = await ada.nodes.createFile({
      parentId: folder.id,
      name: 'b.txt',
      content: 'b',
    })
    await ada.nodes.trash(other)
    const nothing = { stateVector: Y.encodeStateVector(new Y.Doc()), update: new Uint8Array() }
    const answers = await copy.remote.exchangeTexts(
      [id, other, newNodeId()].map((one) => ({ id: one, content: undefined, ...nothing })),
    )
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['done', 'stale', 'stale'],
    )
  })
})
