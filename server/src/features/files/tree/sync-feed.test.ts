import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Change, Changes, Grant, SpaceId, UserId } from '@cloudsync/protocol'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openStockClient, waitUntil } from '../../../../testing/stock-clients.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'

const server = sharedByTests(await openTestFiles())
const day = 86_400_000
const bob = await server.addUser('bob')

function nodeOf(changes: Changes, id: string) {
  const found = changes.items.find((item) => item.type === 'node' && item.node.id === id)
  assert.ok(found?.type === 'node', `the feed tells of ${id}`)
  return found
}

const told = ({ items }: Changes) =>
  items.map((item: Change) => (item.type === 'gone' ? `gone ${item.id}` : item.node.name))

async function share(tree: TestTree, nodeId: string, role = 'viewer'): Promise<Grant> {
  const subject = { kind: 'user', email: 'bob@example.com' }
  const { body } = await tree.ask('PUT', `/nodes/${nodeId}/grants`, { subject, role })
  return body as Grant
}

suite('an entry of the change feed', () => {
  test('names the content as its ETag does, of a text, of bytes and of a folder', async () => {
    const tree = await TestTree.open(server)
    const folder = await tree.folder('a')
    const text = await tree.text('notes.md', folder, 'one\r\ntwo\r\n')
    const blob = await tree.blob('picture.png', folder)
    await server.files.flushTouches()
    const changes = await tree.changes()
    assert.equal(nodeOf(changes, folder).node.etag, null)
    const { etag, sha256 } = nodeOf(changes, blob).node
    assert.match(etag ?? '', /^[0-9a-f]{64}$/)
    assert.equal(etag, sha256)
    const head = await tree.caller.send('HEAD', `/nodes/${text}/content`)
    assert.equal(`"${nodeOf(changes, text).node.etag}"`, head.headers.get('etag'))
    using ada = openStockClient(server.ada, text)
    await ada.saved()
    ada.text.insert(0, 'zero\n')
    await ada.saved()
    await server.files.flushTouches()
    const later = await tree.changes(changes.nextCursor)
    const now = await tree.caller.send('HEAD', `/nodes/${text}/content`)
    assert.equal(`"${nodeOf(later, text).node.etag}"`, now.headers.get('etag'))
    assert.notEqual(now.headers.get('etag'), head.headers.get('etag'))
  })

  test('says whether the caller may edit, also by a grant on the node itself', async () => {
    const tree = await TestTree.open(server, { bob: 'viewer' })
    const [mine, other] = [await tree.text('mine.md'), await tree.text('other.md')]
    await share(tree, mine, 'editor')
    const changes = await tree.as(bob).changes()
    assert.equal(nodeOf(changes, mine).node.canEdit, true)
    assert.equal(nodeOf(changes, other).node.canEdit, false)
    assert.equal(nodeOf(await tree.changes(), other).node.canEdit, true)
  })

  test('says of a folder that it has come here with what is in it, and never of a new one', async () => {
    const tree = await TestTree.open(server, { bob: 'viewer' })
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    await tree.text('inside.md', b)
    const before = await tree.changes()
    assert.deepEqual([nodeOf(before, b).isArrival, nodeOf(before, b).arrivedSeq], [false, null])
    await tree.caller.patch(`/nodes/${b}`, { name: 'renamed' })
    const renamed = await tree.changes(before.nextCursor)
    assert.equal(nodeOf(renamed, b).isArrival, false)
    await tree.move(b, a)
    const moved = await tree.changes(renamed.nextCursor)
    assert.equal(nodeOf(moved, b).isArrival, true)
    assert.equal(nodeOf(moved, b).arrivedSeq, nodeOf(moved, b).seq)
    await tree.caller.patch(`/nodes/${b}`, { name: 'again' })
    const again = await tree.changes(moved.nextCursor)
    assert.equal(nodeOf(again, b).isArrival, false)
    assert.equal(nodeOf(again, b).arrivedSeq, nodeOf(moved, b).seq)
    await tree.trash(b)
    const trashed = await tree.changes(again.nextCursor)
    assert.equal(nodeOf(trashed, b).isArrival, false)
    await tree.restore(b)
    const restored = await tree.changes(trashed.nextCursor)
    assert.equal(nodeOf(restored, b).isArrival, true)
    assert.deepEqual(told(restored), ['again'])
    await tree.code('PUT', `/nodes/${b}/inheritance`, { inherits: false })
    const closed = await tree.as(bob).changes(restored.nextCursor)
    assert.deepEqual(
      [nodeOf(closed, b).node.isReadable, nodeOf(closed, b).node.etag],
      [false, null],
    )
    await tree.code('PUT', `/nodes/${b}/inheritance`, { inherits: true })
    const opened = await tree.as(bob).changes(closed.nextCursor)
    assert.deepEqual([nodeOf(opened, b).node.isReadable, nodeOf(opened, b).isArrival], [true, true])
  })
})

suite('the access epoch', () => {
  test('changes for whom a grant, a role or a move elsewhere concerns, and for nobody else', async () => {
    const tree = await TestTree.open(server)
    const [folder, hidden] = [await tree.folder('a'), await tree.folder('hidden')]
    const text = await tree.text('notes.md', folder)
    const grant = await share(tree, folder)
    const mine = tree.as(bob)
    const epochs: string[] = []
    const look = async () => epochs.push((await mine.changes('latest')).accessEpoch)
    const owners = async () => (await tree.changes('latest')).accessEpoch
    const atFirst = await owners()
    await look()
    await look()
    assert.equal(epochs[0], epochs[1], 'it stays while nothing changes')
    await tree.caller.patch(`/nodes/${text}`, { name: 'other.md' })
    await look()
    assert.equal(epochs[2], epochs[0], 'what the feed tells does not change it')
    await share(tree, text, 'editor')
    await look()
    // Another one in whose sight it lies goes to the trash, of which the feed tells bob nothing.
    await tree.move(folder, hidden)
    await look()
    await tree.trash(hidden)
    await look()
    await tree.restore(hidden)
    await look()
    await tree.code('DELETE', `/nodes/${folder}/grants/${grant.id}`)
    await look()
    const [, , before, edited, moved, trashed, restored, ended] = epochs
    assert.equal(new Set([before, edited, moved, trashed, ended]).size, 5)
    assert.equal(restored, moved, 'nothing has changed for who did not look in between')
    assert.equal(await owners(), atFirst)
  })

  test('changes when a grant expires and when a group is left', async () => {
    const tree = await TestTree.open(server, { bob: 'viewer' })
    const epoch = async () => (await tree.as(bob).changes('latest')).accessEpoch
    const folder = await tree.folder('a')
    const before = await epoch()
    const { id: groupId } = await server.ada.post<{ id: string }>('/admin/groups', {
      name: 'a group',
    })
    const { id: bobId } = await bob.get<{ id: string }>('/me')
    await server.ada.send('PUT', `/admin/groups/${groupId}/members/${bobId}`)
    const { status } = await tree.ask('PUT', `/nodes/${folder}/grants`, {
      subject: { kind: 'group', id: groupId },
      role: 'editor',
    })
    assert.equal(status, 200)
    const inGroup = await epoch()
    assert.notEqual(inGroup, before)
    await server.ada.delete(`/admin/groups/${groupId}/members/${bobId}`)
    assert.equal(await epoch(), before)
    await share(tree, folder)
    const shared = await epoch()
    await server.db.pool.query(
      `UPDATE grants SET expires_at = now() - interval '1 second' WHERE node_id = $1`,
      [folder],
    )
    assert.notEqual(await epoch(), shared)
  })
})

suite('a cursor', () => {
  test('is too old when what was gone since is forgotten, and not before', async () => {
    const tree = await TestTree.open(server)
    const gone = await tree.text('gone.md')
    const { nextCursor: before } = await tree.changes()
    await tree.trash(gone)
    await tree.purge(gone)
    const { items, nextCursor: after } = await tree.changes(before)
    assert.deepEqual(
      items.map(({ type }) => type),
      ['gone'],
    )
    const path = (cursor: string) => `/spaces/${tree.spaceId}/changes?cursor=${cursor}`
    server.clock.advance(59 * day)
    await server.files.tidyTrash()
    assert.equal(await tree.code('GET', path(before)), 'ok')
    server.clock.advance(2 * day)
    await server.files.tidyTrash()
    assert.equal(await tree.code('GET', path(before)), 'cursor_expired')
    assert.equal((await tree.ask('GET', path(before))).status, 410)
    assert.equal(await tree.code('GET', path(after)), 'ok')
  })

  test('beyond the end of the space, whose database was restored, is too old', async () => {
    const tree = await TestTree.open(server)
    const { nextCursor } = await tree.changes('latest')
    const code = (cursor: number) =>
      tree.code('GET', `/spaces/${tree.spaceId}/changes?cursor=${cursor}`)
    assert.equal(await code(Number(nextCursor)), 'ok')
    assert.equal(await code(Number(nextCursor) + 1), 'cursor_expired')
  })
})

/** Well before such a request has waited for as long as it may. */
const soon = { timeout: 30_000 }

suite('a request that waits for changes', () => {
  const wait = (tree: TestTree, cursor: string, more = '') =>
    tree.caller.get<Changes>(`/spaces/${tree.spaceId}/changes?cursor=${cursor}&wait=50${more}`)

  test('is answered when something comes, by REST or by typing', async () => {
    const tree = await TestTree.open(server)
    const text = await tree.text('notes.md')
    const { nextCursor } = await tree.changes('latest')
    const waiting = wait(tree, nextCursor)
    await tree.folder('new')
    const changes = await waiting
    assert.deepEqual(told(changes), ['new'])
    using ada = openStockClient(server.ada, text)
    await ada.saved()
    const next = wait(tree, changes.nextCursor)
    ada.text.insert(0, 'typed')
    assert.deepEqual(told(await next), ['notes.md'])
  })

  test('goes on waiting while what comes is nothing for the caller', async () => {
    const tree = await TestTree.open(server)
    const shown = await tree.folder('shown')
    await share(tree, shown)
    const { nextCursor } = await tree.changes('latest')
    const waiting = wait(tree.as(bob), nextCursor)
    await tree.folder('hidden')
    const { nextCursor: between } = await tree.changes('latest')
    await tree.folder('inside', shown)
    const { items, nextCursor: end } = await waiting
    assert.deepEqual(
      items.map((item) => item.type === 'node' && item.node.name),
      ['inside'],
    )
    assert.ok(Number(end) > Number(between))
  })

  test('is answered when the access of the caller changes, and at once when it has', async () => {
    const tree = await TestTree.open(server)
    const shown = await tree.folder('shown')
    await share(tree, shown)
    const mine = tree.as(bob)
    const { nextCursor, accessEpoch } = await mine.changes('latest')
    const waiting = wait(mine, nextCursor, `&accessEpoch=${accessEpoch}`)
    await share(tree, shown, 'editor')
    const changed = await waiting
    assert.notEqual(changed.accessEpoch, accessEpoch)
    const known = await wait(mine, changed.nextCursor, `&accessEpoch=${accessEpoch}`)
    assert.equal(known.accessEpoch, changed.accessEpoch)
  })

  test('ends when the caller is shut out, and tells nothing more', soon, async () => {
    const tree = await TestTree.open(server)
    const shown = await tree.folder('shown')
    const grant = await share(tree, shown)
    const mine = tree.as(bob)
    const { nextCursor } = await mine.changes('latest')
    const code = mine.code('GET', `/spaces/${tree.spaceId}/changes?cursor=${nextCursor}&wait=50`)
    await tree.code('DELETE', `/nodes/${shown}/grants/${grant.id}`)
    assert.equal(await code, 'not_found')
  })

  test('ends also when the caller is shut out while it looks', soon, async (t) => {
    const tree = await TestTree.open(server)
    const shown = await tree.folder('shown')
    const grant = await share(tree, shown)
    const mine = tree.as(bob)
    const { nextCursor } = await mine.changes('latest')
    const requireInside = server.access.requireInside.bind(server.access)
    // At the door, when it looks first, and when it looks again before it waits.
    let looks = 0
    t.mock.method(server.access, 'requireInside', async (userId: UserId, spaceId: SpaceId) => {
      const rootId = await requireInside(userId, spaceId)
      looks += 1
      if (looks === 3) await tree.code('DELETE', `/nodes/${shown}/grants/${grant.id}`)
      return rootId
    })
    const path = `/spaces/${tree.spaceId}/changes?cursor=${nextCursor}&wait=50`
    assert.equal(await mine.code('GET', path), 'not_found')
    assert.equal(looks, 3)
  })

  const signOut = (caller: TestCaller) =>
    caller.send('POST', '/auth/sign-out', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: caller.refreshToken }),
    })

  test('ends with the session', soon, async () => {
    const tree = await TestTree.open(server)
    const { nextCursor } = await tree.changes('latest')
    const again = await server.signInAgain()
    const code = tree
      .as(again)
      .code('GET', `/spaces/${tree.spaceId}/changes?cursor=${nextCursor}&wait=50`)
    await signOut(again)
    assert.equal(await code, 'not_signed_in')
  })

  test('ends also with a session that ends before it waits', soon, async (t) => {
    const tree = await TestTree.open(server)
    const { nextCursor } = await tree.changes('latest')
    const again = await server.signInAgain()
    const requireInside = server.access.requireInside.bind(server.access)
    // At the door, and when it looks first.
    let looks = 0
    t.mock.method(server.access, 'requireInside', async (userId: UserId, spaceId: SpaceId) => {
      looks += 1
      if (looks === 2) await signOut(again)
      return requireInside(userId, spaceId)
    })
    const path = `/spaces/${tree.spaceId}/changes?cursor=${nextCursor}&wait=50`
    assert.equal(await tree.as(again).code('GET', path), 'not_signed_in')
  })

  test('is one of twenty of a person, and gives its place back when its client has gone', async () => {
    const tree = await TestTree.open(server)
    const { nextCursor } = await tree.changes('latest')
    const path = `/spaces/${tree.spaceId}/changes?cursor=${nextCursor}`
    const ask = (signal: AbortSignal) =>
      tree.caller.send('GET', `${path}&wait=50`, { signal }).then(
        ({ status }) => status,
        () => 'gone',
      )
    const gone = new AbortController()
    const refused: unknown[] = []
    const waiting = Array.from({ length: 25 }, async () => {
      const status = await ask(gone.signal)
      if (status !== 'gone') refused.push(status)
    })
    await waitUntil('five are refused', () => refused.length >= 5)
    gone.abort()
    await Promise.all(waiting)
    assert.deepEqual(refused, [429, 429, 429, 429, 429])
    // Who is let in waits and is answered with nothing; who is not is refused.
    await waitUntil('there is a place again', async () => {
      const { status } = await tree.caller.send('GET', `${path}&wait=1`)
      return status === 200
    })
  })
})
