import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ExchangeResult, ExchangeTextsResponse, Me, Page, Version } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import * as Y from 'yjs'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openStockClient } from '../../../../testing/stock-clients.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'

const server = sharedByTests(await openTestFiles())
const bob = await server.addUser('bob')

interface Item {
  readonly nodeId: string
  readonly stateVector: string
  readonly update: string
  readonly etag?: string
  readonly keepsVersion?: boolean
}

/** Somebody's copy of a text, with what the server knows of it. */
class Copy {
  readonly doc = new Y.Doc()
  readonly nodeId: string
  known = Y.encodeStateVector(new Y.Doc())
  etag: string | undefined

  constructor(nodeId: string) {
    this.nodeId = nodeId
  }

  get text(): Y.Text {
    return this.doc.getText('content')
  }

  item(): Item {
    return {
      nodeId: this.nodeId,
      stateVector: base64(Y.encodeStateVector(this.doc)),
      update: base64(Y.encodeStateAsUpdate(this.doc, this.known)),
      ...(this.etag === undefined ? {} : { etag: this.etag }),
    }
  }

  take(result: ExchangeResult | undefined): void {
    assert.ok(result?.ok, JSON.stringify(result))
    Y.applyUpdate(this.doc, Buffer.from(result.update, 'base64'))
    this.known = Y.encodeStateVector(this.doc)
    this.etag = result.etag
  }

  async exchange(caller: TestCaller): Promise<void> {
    this.take((await exchange(caller, [this.item()]))[0])
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

async function exchange(caller: TestCaller, items: readonly Item[]): Promise<ExchangeResult[]> {
  return (await caller.post<ExchangeTextsResponse>('/texts/exchange', { items })).results
}

async function codes(caller: TestCaller, items: readonly Item[]): Promise<string[]> {
  const results = await exchange(caller, items)
  return results.map((result) => (result.ok ? 'ok' : result.problem.code))
}

async function countRows(nodeId: string): Promise<number | undefined> {
  const { rows } = await server.db.pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM update_log WHERE document_id = $1',
    [nodeId],
  )
  return rows[0]?.count
}

const empty = (nodeId: string): Item => ({ nodeId, stateVector: 'AA==', update: '' })

suite('an exchange of texts', () => {
  test('brings copies of two people together, and names the text as its ETag does', async () => {
    const tree = await TestTree.open(server, { bob: 'editor' })
    const id = await tree.text('notes.md', tree.rootId, 'shared\n')
    const [ada, other] = [new Copy(id), new Copy(id)]
    await ada.exchange(server.ada)
    await other.exchange(bob)
    assert.equal(ada.text.toString(), 'shared\n')
    ada.text.insert(0, 'ada ')
    other.text.insert(7, 'bob ')
    await ada.exchange(server.ada)
    await other.exchange(bob)
    await ada.exchange(server.ada)
    assert.equal(ada.text.toString(), 'ada shared\nbob ')
    assert.equal(other.text.toString(), ada.text.toString())
    const head = await server.ada.send('HEAD', `/nodes/${id}/content`)
    assert.equal(`"${ada.etag}"`, head.headers.get('etag'))
    assert.equal(await server.ada.text(`/nodes/${id}/content`), ada.text.toString())
  })

  test('is seen at once by who has the text open, and brings what they type', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('notes.md')
    using live = openStockClient(server.ada, id)
    await live.saved()
    const copy = new Copy(id)
    copy.text.insert(0, 'offline ')
    await copy.exchange(server.ada)
    await live.until('it is seen', () => live.text.toString() === 'offline ')
    live.text.insert(8, 'online')
    await live.saved()
    await copy.exchange(server.ada)
    assert.equal(copy.text.toString(), 'offline online')
  })

  test('that writes all anew keeps what was there as a version, once', async () => {
    const tree = await TestTree.open(server, { bob: 'viewer' })
    const id = await tree.text('notes.md', tree.rootId, 'shared\n')
    const [copy, reader] = [new Copy(id), new Copy(id)]
    await copy.exchange(server.ada)
    copy.text.insert(0, 'since then ')
    await copy.exchange(server.ada)
    await reader.exchange(bob)
    const versions = async () => {
      const { items } = await server.ada.get<Page<Version>>(`/nodes/${id}/versions`)
      return items.map(({ reason, number }) => [reason, number])
    }
    reader.text.insert(0, 'mine')
    assert.deepEqual(await codes(bob, [{ ...reader.item(), keepsVersion: true }]), ['forbidden'])
    assert.deepEqual(await versions(), [])
    copy.text.delete(0, copy.text.length)
    copy.text.insert(0, 'quite another text')
    const item = { ...copy.item(), keepsVersion: true }
    copy.take((await exchange(server.ada, [item]))[0])
    const before = [['before_import', 1]]
    assert.deepEqual(await versions(), before)
    assert.equal(await server.ada.text(`/nodes/${id}/versions/1/content`), 'since then shared\n')
    await exchange(server.ada, [{ ...copy.item(), update: '', keepsVersion: true }])
    assert.deepEqual(await versions(), before)
  })

  test('enters the change feed, with its author', async () => {
    const tree = await TestTree.open(server, { bob: 'editor' })
    const id = await tree.text('notes.md')
    const { nextCursor } = await tree.changes('latest')
    const copy = new Copy(id)
    copy.text.insert(0, 'words')
    await copy.exchange(bob)
    await server.files.flushTouches()
    const { items } = await tree.changes(nextCursor)
    assert.ok(items[0]?.type === 'node')
    assert.deepEqual([items[0].node.updatedBy?.name, items[0].node.etag], ['bob', copy.etag])
  })

  test('done twice changes nothing', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('notes.md')
    const copy = new Copy(id)
    copy.text.insert(0, 'words')
    const item = copy.item()
    const [[first], [again]] = [
      await exchange(server.ada, [item]),
      await exchange(server.ada, [item]),
    ]
    assert.deepEqual(again, first)
    assert.equal(await countRows(id), 1)
    const three = await exchange(server.ada, [item, item, item])
    assert.deepEqual(three, [first, first, first])
    assert.equal(await countRows(id), 1)
  })

  test('of somebody who may only read gives, and takes nothing', async () => {
    const tree = await TestTree.open(server, { bob: 'viewer' })
    const id = await tree.text('notes.md', tree.rootId, 'words')
    const copy = new Copy(id)
    await copy.exchange(bob)
    assert.equal(copy.text.toString(), 'words')
    await copy.exchange(bob)
    copy.text.insert(0, 'mine ')
    assert.deepEqual(await codes(bob, [copy.item()]), ['forbidden'])
    assert.equal(await server.ada.text(`/nodes/${id}/content`), 'words')
    const reader = await server.ada.withToken(['files:read'])
    assert.deepEqual(await codes(reader.caller, [empty(id), copy.item()]), ['ok', 'forbidden'])
  })

  test('says why not, of each by itself', async () => {
    const tree = await TestTree.open(server)
    const good = new Copy(await tree.text('good.md'))
    good.text.insert(0, 'good')
    const trashed = await tree.text('trashed.md')
    await tree.trash(trashed)
    const below = await tree.folder('below')
    const inside = await tree.text('inside.md', below)
    await tree.trash(below)
    const blob = await tree.blob('picture.png')
    const folder = await tree.folder('folder')
    const other = await TestTree.open(server)
    const id = await tree.text('other.md')
    const items = [
      empty(trashed),
      empty(inside),
      empty(blob),
      empty(folder),
      empty(uuidv7()),
      { ...empty(id), update: 'no base64' },
      { ...empty(id), stateVector: '//////////8=' },
      { ...empty(id), etag: 'nonsense' },
      good.item(),
    ]
    assert.deepEqual(await codes(server.ada, items), [
      'trashed',
      'trashed',
      'sealed',
      'not_text',
      'not_found',
      'bad_request',
      'bad_request',
      'bad_request',
      'ok',
    ])
    assert.equal(await server.ada.text(`/nodes/${good.nodeId}/content`), 'good')
    const secret = new Copy(await other.text('secret.md', other.rootId, 'secret'))
    assert.deepEqual(await codes(bob, [empty(secret.nodeId)]), ['not_found'])
  })

  test('of a text that began anew since is refused, whatever it brings', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('notes.md', tree.rootId, 'first')
    const copy = new Copy(id)
    await copy.exchange(server.ada)
    await server.ada.put(`/nodes/${id}/content`, new Uint8Array([0, 1, 2]))
    assert.deepEqual(await codes(server.ada, [copy.item()]), ['sealed'])
    await server.ada.put(`/nodes/${id}/content`, 'second')
    assert.deepEqual(await codes(server.ada, [copy.item(), empty(id)]), ['sealed', 'ok'])
    copy.etag = undefined
    copy.text.insert(0, 'late ')
    assert.deepEqual(await codes(server.ada, [copy.item()]), ['update_refused'])
    assert.equal(await server.ada.text(`/nodes/${id}/content`), 'second')
  })

  test('claims the client ids that it brings, and takes none of others', async () => {
    const tree = await TestTree.open(server, { bob: 'editor' })
    const id = await tree.text('notes.md')
    const copy = new Copy(id)
    copy.text.insert(0, 'mine')
    await copy.exchange(server.ada)
    const { id: adaId } = await server.ada.get<Me>('/me')
    const { rows } = await server.db.pool.query(
      'SELECT client_id::int8::text AS id, owner FROM client_claims WHERE document_id = $1',
      [id],
    )
    assert.deepEqual(rows, [{ id: String(copy.doc.clientID), owner: `user:${adaId}` }])
    const forged = new Copy(id)
    await forged.exchange(bob)
    forged.doc.clientID = copy.doc.clientID
    forged.text.insert(0, 'forged ')
    const [refused] = await exchange(bob, [forged.item()])
    assert.ok(refused && !refused.ok)
    assert.deepEqual(
      [refused.problem.code, refused.problem['reason']],
      ['update_refused', 'foreign_client'],
    )
    assert.equal(await server.ada.text(`/nodes/${id}/content`), 'mine')
    const kept = await server.db.pool.query(
      'SELECT reason FROM quarantine WHERE document_id = $1',
      [id],
    )
    assert.deepEqual(kept.rows, [{ reason: 'foreign_client' }])
  })

  test('refuses what no honest client sends, and lets whoever sent it wait', async () => {
    const tree = await TestTree.open(server)
    const doc = new Y.Doc()
    doc.getMap('content').set('a', 1)
    const gap = new Copy('')
    gap.text.insert(0, 'a')
    const vector = Y.encodeStateVector(gap.doc)
    gap.text.insert(1, 'b')
    for (const update of [
      new Uint8Array([255, 255, 255, 255]),
      new Uint8Array([1, 2, 3]),
      Y.encodeStateAsUpdateV2(gap.doc),
      Y.encodeStateAsUpdate(doc),
      Y.encodeStateAsUpdate(gap.doc, vector),
    ]) {
      const id = await tree.text(`${uuidv7()}.md`)
      const item = { ...empty(id), update: base64(update) }
      assert.deepEqual(await codes(server.ada, [item]), ['update_refused'])
      assert.deepEqual(await codes(server.ada, [empty(id)]), ['rate_limited'])
      assert.equal(await server.ada.text(`/nodes/${id}/content`), '')
    }
  })

  test('takes at most a hundred texts and 8 MiB', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('notes.md')
    const items = Array.from({ length: 101 }, () => empty(id))
    assert.equal(await tree.code('POST', '/texts/exchange', { items }), 'bad_request')
    assert.equal(await tree.code('POST', '/texts/exchange', { items: items.slice(1) }), 'ok')
    const large = new Copy(id)
    large.text.insert(0, 'x'.repeat(3_000_000))
    await large.exchange(server.ada)
    assert.equal((await server.ada.text(`/nodes/${id}/content`)).length, 3_000_000)
    const item = { ...empty(id), update: 'A'.repeat(8 * 1024 * 1024) }
    assert.equal(await tree.code('POST', '/texts/exchange', { items: [item] }), 'too_large')
  })
})
