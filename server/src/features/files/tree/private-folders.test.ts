import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type {
  Changes,
  Conflict,
  Grant,
  Me,
  Node,
  NodeId,
  Page,
  TrashItem,
} from '@cloudsync/protocol'
import { waitUntil } from '../../../../testing/stock-clients.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles, type TestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'
import { findLivingFolder } from './ancestry.ts'

let server: TestFiles
const people = new Map<string, TestCaller>()

before(async () => {
  server = await openTestFiles()
  for (const name of ['bob', 'carol', 'dora']) people.set(name, await server.addUser(name))
})
after(() => server[Symbol.asyncDispose]())

function as(tree: TestTree, name: string): TestTree {
  const caller = people.get(name)
  assert.ok(caller)
  return tree.as(caller)
}

async function grant(tree: TestTree, nodeId: string, name: string, role: string): Promise<Grant> {
  const subject = { kind: 'user', email: `${name}@example.com` }
  const answer = await tree.ask('PUT', `/nodes/${nodeId}/grants`, { subject, role })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body as Grant
}

async function setPrivate(tree: TestTree, nodeId: string, inherits = false): Promise<void> {
  assert.equal(await tree.code('PUT', `/nodes/${nodeId}/inheritance`, { inherits }), 'ok')
}

async function names(tree: TestTree, path: string): Promise<string[]> {
  const { items } = await tree.caller.get<Page<Node>>(path)
  return items.map(({ name }) => name)
}

/** The paths of what lies in the trash, the latest first. */
async function trashed(tree: TestTree): Promise<string[]> {
  const { items } = await tree.caller.get<Page<TrashItem>>(`/trash?spaceId=${tree.spaceId}`)
  return items.map((item) => [...item.path, item.node.name].join('/'))
}

/** A text in a folder in a private folder of a folder. */
async function openDiary(tree: TestTree) {
  const team = await tree.folder('team')
  const secret = await tree.folder('secret', team)
  const inner = await tree.folder('inner', secret)
  const diary = await tree.text('diary.md', inner, 'words')
  await setPrivate(tree, secret)
  return { team, secret, inner, diary }
}

suite('a private folder', () => {
  test('shows its name to those who read the folder above, and nothing else', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const secret = await bob.folder('secret')
    const inner = await bob.folder('inner', secret)
    const text = await bob.text('diary.md', inner, 'dear diary')
    await setPrivate(bob, secret)
    const { items } = await carol.caller.get<Page<Node>>(`/nodes/${owner.rootId}/children`)
    const [shown] = items
    assert.ok(shown)
    assert.deepEqual(
      [shown.id, shown.name, shown.kind, shown.isReadable, shown.inherits],
      [secret, 'secret', 'folder', false, false],
    )
    assert.deepEqual([shown.createdBy, shown.updatedBy, shown.seq], [null, null, 0])
    for (const id of [secret, inner, text])
      for (const path of [
        '',
        '/children',
        '/ancestors',
        '/access',
        '/grants',
        '/versions',
        '/content',
      ])
        assert.equal(await carol.code('GET', `/nodes/${id}${path}`), 'not_found', path)
    assert.equal(
      await carol.code('GET', `/spaces/${owner.spaceId}/path?path=secret/inner`),
      'not_found',
    )
    assert.equal(await carol.code('GET', `/conflicts?nodeId=${text}`), 'not_found')
    const document = `text:${text}`
    assert.equal(await carol.code('POST', '/live/tickets', { document }), 'not_found')
    const changes = await carol.caller.get<Changes>(`/spaces/${owner.spaceId}/changes?cursor=0`)
    const told = changes.items.map((item) => (item.type === 'node' ? item.node.id : item.id))
    assert.deepEqual(told, [owner.rootId, secret])
    for (const tree of [owner, bob]) {
      assert.deepEqual(await names(tree, `/nodes/${inner}/children`), ['diary.md'])
      assert.equal(await tree.caller.text(`/nodes/${text}/content`), 'dear diary')
    }
  })

  test('cannot be renamed, moved, trashed or filled by those who may not read it', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const secret = await bob.folder('secret')
    const other = await carol.folder('other')
    await setPrivate(bob, secret)
    for (const body of [{ name: 'mine' }, { parentId: other }, { conflictPolicy: 'ask' }])
      assert.equal(await carol.code('PATCH', `/nodes/${secret}`, body), 'not_found')
    assert.equal(await carol.trash(secret), 'not_found')
    assert.equal(await carol.move(other, secret), 'not_found')
    const node = { parentId: secret, name: 'a.md', kind: 'text' }
    assert.equal(await carol.code('POST', '/nodes', node), 'not_found')
    const copy = { parentId: other }
    assert.equal(await carol.code('POST', `/nodes/${secret}/copies`, copy), 'not_found')
  })

  test('is left out of a copy of the folder above by those who may not read it', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const outer = await bob.folder('outer')
    await bob.text('open.md', outer, 'open')
    const secret = await bob.folder('secret', outer)
    await bob.text('closed.md', secret, 'closed')
    await setPrivate(bob, secret)
    for (const [tree, expected] of [
      [carol, ['open.md']],
      [bob, ['open.md', 'secret']],
    ] as const) {
      const body = { parentId: owner.rootId, ifTaken: 'rename' }
      const { body: copy } = await tree.ask('POST', `/nodes/${outer}/copies`, body)
      const path = `/nodes/${(copy as Node).id}/children`
      assert.deepEqual((await names(tree, path)).toSorted(), expected)
    }
  })

  test('goes to the trash with the folder above, where nobody purges it who may not delete it', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'manager' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const outer = await bob.folder('outer')
    const secret = await bob.folder('secret', outer)
    const text = await bob.text('a.md', secret, 'kept')
    await setPrivate(bob, secret)
    assert.equal(await carol.trash(outer), 'ok')
    assert.equal(await carol.purge(outer), 'forbidden')
    const { body } = await carol.ask('DELETE', `/trash?spaceId=${owner.spaceId}`)
    assert.deepEqual(body, { purged: 0 })
    assert.equal(await bob.restore(outer), 'ok')
    assert.equal(await bob.caller.text(`/nodes/${text}/content`), 'kept')
    assert.equal(await bob.trash(text), 'ok')
    assert.deepEqual(await trashed(bob), ['outer/secret/a.md'])
    assert.deepEqual(await trashed(carol), [])
    assert.equal(await carol.restore(text), 'not_found')
    assert.equal(await carol.purge(text), 'not_found')
    assert.equal(await owner.trash(outer), 'ok')
    assert.equal(await owner.purge(outer), 'ok')
  })

  test('takes along for good what lay in the trash inside it', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const team = await bob.folder('team')
    const secret = await bob.folder('secret', team)
    const bin = await bob.folder('bin', secret)
    const salaries = await bob.text('salaries.md', secret, 'much')
    const inner = await bob.text('inner.md', bin, 'more')
    const agenda = await bob.text('agenda.md', team, 'open')
    await setPrivate(bob, secret)
    for (const id of [salaries, inner, bin, agenda, secret]) assert.equal(await bob.trash(id), 'ok')
    const { nextCursor } = await carol.changes()
    assert.equal(await bob.purge(secret), 'ok')
    for (const id of [secret, bin, inner, salaries]) {
      assert.equal(await owner.code('GET', `/nodes/${id}`), 'not_found')
      assert.equal(await carol.restore(id), 'not_found')
    }
    assert.deepEqual(await trashed(carol), ['team/agenda.md'])
    const told = (await carol.changes(nextCursor)).items
    assert.deepEqual(
      told.map((item) => (item.type === 'gone' ? item.id : item.node.name)),
      [secret],
    )
    await owner.requireSound()
  })

  test('takes it along too when a folder around it is purged, or its time is over', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const dayMs = 86_400_000
    for (const purge of [
      (id: string) => owner.purge(id),
      async () => {
        server.clock.advance(28 * dayMs)
        await server.files.tidyTrash()
      },
    ]) {
      const outer = await bob.folder('outer')
      const secret = await bob.folder('secret', outer)
      const salaries = await bob.text('salaries.md', secret, 'much')
      await setPrivate(bob, secret)
      assert.equal(await carol.trash(outer), 'ok')
      server.clock.advance(3 * dayMs)
      assert.equal(await bob.trash(salaries), 'ok')
      await purge(outer)
      assert.equal(await owner.code('GET', `/nodes/${salaries}`), 'not_found')
      assert.deepEqual(await trashed(carol), [])
    }
    await owner.requireSound()
  })

  for (const { gone, path } of [
    { gone: ['secret'], path: 'team/secret/inner/diary.md' },
    { gone: ['diary', 'secret'], path: 'team/secret/inner/diary.md' },
    { gone: ['inner', 'secret'], path: 'team/secret/diary.md' },
    { gone: ['team'], path: 'secret/inner/diary.md' },
    { gone: ['diary', 'team'], path: 'secret/inner/diary.md' },
  ] as const)
    test(`comes back from the trash (${gone.join(', ')}) with what somebody edits in it who had not seen it go`, async () => {
      const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
      const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
      const made = await openDiary(bob)
      for (const name of gone) assert.equal(await bob.trash(made[name]), 'ok')
      const { id: bobId } = await bob.caller.get<Me>('/me')
      await server.live.documents.editText(made.diary as NodeId, bobId, () => [
        { from: 0, to: 0, insert: 'more ' },
      ])
      await server.files.flushTouches()
      await waitUntil('it is back', async () => {
        const living = await findLivingFolder(server.db.kysely, made.diary as NodeId)
        return living?.id === made.diary
      })
      assert.equal(await bob.path(made.diary), path)
      assert.equal(await bob.caller.text(`/nodes/${made.diary}/content`), 'more words')
      assert.equal(await carol.code('GET', `/nodes/${made.diary}`), 'not_found')
      await owner.requireSound()
    })

  test('comes back from the trash with what is restored out of it, or that is refused', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const { secret, inner, diary } = await openDiary(bob)
    await grant(bob, inner, 'carol', 'editor')
    for (const id of [diary, secret]) assert.equal(await bob.trash(id), 'ok')
    assert.equal(await carol.restore(diary), 'trashed')
    assert.deepEqual((await trashed(bob)).toSorted(), ['team/secret', 'team/secret/inner/diary.md'])
    assert.equal(await bob.restore(diary), 'ok')
    assert.equal(await bob.path(diary), 'team/secret/inner/diary.md')
    assert.deepEqual(await trashed(bob), [])
    const batch = [
      { type: 'trash', id: diary },
      { type: 'trash', id: secret },
      { type: 'restore', id: diary },
      { type: 'restore', id: secret },
      { type: 'restore', id: diary },
    ]
    assert.deepEqual(await bob.bulkCodes(batch), ['ok', 'ok', 'trashed', 'ok', 'ok'])
    assert.equal(await bob.path(diary), 'team/secret/inner/diary.md')
    await owner.requireSound()
  })

  test('is in no cursor of those who may not read it, nor is any page the shorter for it', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'editor' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const secret = await bob.folder('secret')
    await setPrivate(bob, secret)
    const policy = { conflictPolicy: 'ask' }
    assert.equal(await bob.code('PATCH', `/nodes/${owner.rootId}`, policy), 'ok')
    const texts: { readonly name: string; readonly id: string; readonly isOpen: boolean }[] = []
    for (const [index, isOpen] of [false, true, false, false, true, true, false].entries()) {
      const name = `${index}.md`
      const id = await bob.text(name, isOpen ? owner.rootId : secret)
      texts.unshift({ name, id, isOpen })
      const move = { name: 'mine', seen: { name: 'other' } }
      assert.equal(await bob.code('PATCH', `/nodes/${id}`, move), 'tree_conflict')
      assert.equal(await bob.trash(id), 'ok')
      server.clock.advance(1_000)
    }
    for (const { path, nodeIdOf } of [
      { path: '/trash', nodeIdOf: (item: unknown) => (item as TrashItem).node.id },
      { path: '/conflicts', nodeIdOf: (item: unknown) => (item as Conflict).nodeId },
    ])
      for (const tree of [bob, carol]) {
        const shown = texts.filter(({ isOpen }) => isOpen || tree === bob).map(({ id }) => id)
        let after = ''
        for (const [index, id] of shown.entries()) {
          const page = await tree.caller.get<Page<unknown>>(
            `${path}?spaceId=${owner.spaceId}&limit=1${after}`,
          )
          const { nextCursor } = page
          assert.deepEqual(page.items.map(nodeIdOf), [id])
          assert.equal(nextCursor === null, index === shown.length - 1)
          after = `&cursor=${nextCursor}`
          const told = Buffer.from(nextCursor ?? '', 'base64url').toString()
          for (const text of texts)
            assert.ok(shown.includes(text.id) || !told.includes(text.id), told)
        }
      }
    const behindTwo = Buffer.from('[null,null,2]').toString('base64url')
    const { items } = await bob.caller.get<Page<TrashItem>>(
      `/trash?spaceId=${owner.spaceId}&limit=1&cursor=${behindTwo}`,
    )
    assert.equal(items[0]?.node.id, texts[2]?.id)
  })

  test('is not carried to another space by those who may not delete it', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'manager' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const outer = await bob.folder('outer')
    const secret = await bob.folder('secret', outer)
    await setPrivate(bob, secret)
    assert.equal(await carol.move(outer, await carol.caller.rootId()), 'forbidden')
    const elsewhere = await owner.folder('elsewhere')
    assert.equal(await carol.move(outer, elsewhere), 'ok')
    assert.equal((await bob.node(secret)).parentId, outer)
  })

  test("is the maker's no more when they are not in the space any more, nor their guests'", async () => {
    const owner = await TestTree.open(server, { bob: 'manager' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const secret = await bob.folder('secret')
    await setPrivate(bob, secret)
    await grant(bob, secret, 'carol', 'editor')
    assert.equal((await carol.node(secret)).name, 'secret')
    const { id } = await bob.caller.get<Me>('/me')
    assert.equal(await owner.code('DELETE', `/spaces/${owner.spaceId}/members/${id}`), 'ok')
    assert.equal(await bob.code('GET', `/nodes/${secret}`), 'not_found')
    assert.equal(await carol.code('GET', `/nodes/${secret}`), 'not_found')
    await grant(owner, secret, 'carol', 'viewer')
    assert.equal((await carol.node(secret)).name, 'secret')
  })

  test('inherits again, and what moves into one is gone for those who do not see it', async () => {
    const owner = await TestTree.open(server, { bob: 'manager', carol: 'viewer' })
    const [bob, carol] = [as(owner, 'bob'), as(owner, 'carol')]
    const secret = await bob.folder('secret')
    await setPrivate(bob, secret)
    const text = await bob.text('a.md')
    const { nextCursor } = await carol.caller.get<Changes>(
      `/spaces/${owner.spaceId}/changes?cursor=0`,
    )
    assert.equal(await bob.move(text, secret), 'ok')
    const path = `/spaces/${owner.spaceId}/changes?cursor=${nextCursor}`
    const seenBy = async (tree: TestTree) =>
      (await tree.caller.get<Changes>(path)).items.map((item) =>
        item.type === 'gone' ? `gone ${item.id}` : item.node.id,
      )
    assert.deepEqual(await seenBy(carol), [`gone ${text}`])
    assert.deepEqual(await seenBy(bob), [text])
    const inner = await bob.folder('inner', secret)
    assert.equal(await bob.move(text, inner), 'ok')
    assert.deepEqual(await seenBy(carol), [])
    await setPrivate(bob, secret, true)
    assert.equal((await carol.node(text)).name, 'a.md')
    assert.deepEqual(await seenBy(carol), [inner, text, secret])
  })
})

suite('who was given a part of a space alone', () => {
  test('sees it, and what lies below it, and nothing above', async () => {
    const owner = await TestTree.open(server)
    const dora = as(owner, 'dora')
    const outer = await owner.folder('outer')
    const shared = await owner.folder('shared', outer)
    const text = await owner.text('a.md', shared, 'words')
    await owner.text('closed.md', outer)
    await grant(owner, shared, 'dora', 'editor')
    assert.ok((await names(dora, '/shared')).includes('shared'))
    assert.equal(await dora.code('GET', `/spaces/${owner.spaceId}`), 'not_found')
    assert.deepEqual(await names(dora, `/nodes/${shared}/children`), ['a.md'])
    assert.deepEqual(await names(dora, `/nodes/${text}/ancestors`), ['shared'])
    assert.equal(await dora.code('GET', `/nodes/${outer}`), 'not_found')
    const { items } = await dora.caller.get<Changes>(`/spaces/${owner.spaceId}/changes?cursor=0`)
    assert.deepEqual(
      items.map((item) => (item.type === 'node' ? item.node.id : 'gone')),
      [shared, text],
    )
    const feed = `/spaces/${owner.spaceId}/changes?cursor=`
    const latest = await dora.caller.get<Changes>(`${feed}latest`)
    assert.deepEqual([latest.items, latest.hasMore], [[], false])
    assert.equal(await dora.code('PATCH', `/nodes/${text}`, { name: 'b.md' }), 'ok')
    const since = await dora.caller.get<Changes>(`${feed}${latest.nextCursor}`)
    assert.deepEqual(
      since.items.map((item) => (item.type === 'node' ? item.node.name : 'gone')),
      ['b.md'],
    )
    assert.equal(await dora.trash(text), 'ok')
    const trash = await dora.caller.get<Page<TrashItem>>(`/trash?spaceId=${owner.spaceId}`)
    assert.deepEqual(
      trash.items.map(({ path }) => path),
      [['shared']],
    )
    assert.equal(await dora.restore(text), 'ok')
    assert.equal(await dora.code('GET', `/spaces/${owner.spaceId}/members`), 'not_found')
  })

  test('does not change the folder that it lies in', async () => {
    const owner = await TestTree.open(server)
    const dora = as(owner, 'dora')
    const shared = await owner.folder('shared')
    const inside = await owner.folder('inside', shared)
    const text = await owner.text('a.md', shared)
    await grant(owner, shared, 'dora', 'editor')
    for (const body of [{ name: 'mine' }, { parentId: await dora.caller.rootId() }])
      assert.equal(await dora.code('PATCH', `/nodes/${shared}`, body), 'forbidden')
    assert.equal(await dora.trash(shared), 'forbidden')
    assert.equal(await dora.move(text, inside), 'ok')
    assert.equal(
      await dora.code('PUT', `/nodes/${shared}/inheritance`, { inherits: false }),
      'forbidden',
    )
    assert.equal(await dora.code('GET', `/nodes/${shared}/grants`), 'forbidden')
  })
})
