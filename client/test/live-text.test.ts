import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { createClient, LiveTextError, type LiveText, type LiveTextStatus } from '@cloudsync/client'
import { startTestServer, testAdmin, TestLink } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'

const server = sharedByTests(await startTestServer())
const ada = createClient({ url: server.url, credentials: testAdmin })
const [space] = await ada.spaces.list().all()
assert.ok(space)
const { rootId, id: spaceId } = space

let texts = 0
const makeText = (content = '') =>
  ada.nodes.createFile({ parentId: rootId, name: `${++texts}.txt`, content })

/** Resolves at once, or as soon as the text stands so. */
async function untilStatus(live: LiveText, kind: LiveTextStatus['kind']): Promise<void> {
  if (live.status.kind === kind) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = live.onStatus((status) => status.kind === kind && resolve())
  await promise
  stop()
}

async function untilText(live: LiveText, content: string): Promise<void> {
  while (live.text.toJSON() !== content)
    await new Promise((resolve) => live.doc.once('update', resolve))
}

suite('live texts', () => {
  test('two programs see what the other types, and each learns what is durable', async () => {
    const { id } = await makeText('old')
    await using one = ada.openText(id)
    await using two = createClient({ url: server.url, credentials: testAdmin }).openText(id)
    await Promise.all([one.opened(), two.opened()])
    assert.equal(one.text.toJSON(), 'old')
    two.text.insert(3, ' and new')
    assert.deepEqual(two.status, { kind: 'saving', pending: 1 })
    await two.saved()
    assert.deepEqual(two.status, { kind: 'saved' })
    // Durable: another door has it.
    assert.equal(await ada.content.text(id), 'old and new')
    await untilText(one, 'old and new')
    one.text.delete(0, 4)
    await one.saved()
    await untilText(two, 'and new')
  })

  test('what is typed before there is a link is saved once there is one', async () => {
    const { id } = await makeText()
    await using live = ada.openText(id)
    live.text.insert(0, 'early')
    await live.saved()
    assert.equal(await ada.content.text(id), 'early')
  })

  test('what is typed while the line is cut comes through when it is back', async () => {
    await using link = await TestLink.to(server.url)
    const away = createClient({ url: link.url, credentials: testAdmin })
    const { id } = await makeText('base ')
    await using live = away.openText(id)
    await using other = ada.openText(id)
    await Promise.all([live.opened(), other.opened()])
    await link.cut()
    await untilStatus(live, 'offline')
    live.text.insert(5, 'typed offline')
    assert.deepEqual(live.status, { kind: 'offline', pending: 1 })
    other.text.insert(0, 'meanwhile ')
    await other.saved()
    await link.mend()
    live.retryNow()
    await live.saved()
    assert.equal(await ada.content.text(id), 'meanwhile base typed offline')
    await untilText(live, 'meanwhile base typed offline')
  })

  test('what an earlier run has kept counts as unsaved until the server has it', async () => {
    const { id } = await makeText('a')
    const first = ada.openText(id)
    await first.opened()
    first.close()
    first.text.insert(1, 'b')
    await using second = ada.openText(id, { doc: first.doc })
    assert.equal(second.status.kind, 'offline')
    await second.saved()
    assert.equal(await ada.content.text(id), 'ab')
  })

  test('whoever may only read sees what others type, and is refused their own', async () => {
    const { id } = await makeText('to read')
    const { caller } = await server.admin.withToken(['files:read'])
    const reader = createClient({
      url: server.url,
      credentials: { accessToken: caller.accessToken },
    })
    await using live = reader.openText(id)
    await live.opened()
    assert.deepEqual(live.status, { kind: 'read_only' })
    live.text.insert(0, 'x')
    await assert.rejects(live.saved(), LiveTextError)
    assert.equal(live.status.kind, 'refused')
    assert.equal(await ada.content.text(id), 'to read')
  })

  test('of somebody whose access is revoked ends, and says with how much unsaved', async () => {
    const { id } = await makeText('shared')
    const token = await server.admin.withToken(['files:read', 'files:write'])
    const guest = createClient({
      url: server.url,
      credentials: { accessToken: token.caller.accessToken },
    })
    await using live = guest.openText(id)
    await live.opened()
    await server.admin.delete(`/account/tokens/${token.id}`)
    await untilStatus(live, 'ended')
    assert.deepEqual(live.status, { kind: 'ended', reason: 'signedOut', pending: 0 })
    live.text.insert(0, 'too late')
    await assert.rejects(live.saved(), (error) => {
      assert.ok(error instanceof LiveTextError)
      assert.deepEqual(error.status, { kind: 'ended', reason: 'signedOut', pending: 1 })
      return true
    })
  })

  test('of a file that is not there never opens', async () => {
    const { id } = await makeText()
    await ada.nodes.trash(id)
    await ada.trash.purge(id)
    await using live = ada.openText(id)
    await assert.rejects(live.opened(), LiveTextError)
    assert.deepEqual(live.status, { kind: 'ended', reason: 'notFound', pending: 0 })
  })

  test('waiting for it can be given up', async () => {
    const { id } = await makeText()
    await using link = await TestLink.to(server.url)
    await link.cut()
    await using live = createClient({ url: link.url, credentials: testAdmin }).openText(id)
    const signal = AbortSignal.timeout(50)
    await assert.rejects(live.opened(signal), { name: 'TimeoutError' })
  })
})

test('whoever watches a space hears that it has changed', async () => {
  const heard = new EventTarget()
  let latest = 0
  using _watch = ada.watchSpace(spaceId, (seq) => {
    latest = seq ?? latest
    heard.dispatchEvent(new Event(seq === undefined ? 'ready' : 'changed'))
  })
  await once(heard, 'ready')
  const node = await makeText()
  // Of what was changed before it may hear first.
  while (latest < node.seq) await once(heard, 'changed')
})
