import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  createClient,
  isCloudSyncError,
  isSignedOut,
  newNodeId,
  systemClock,
  type Changes,
  type SdkClock,
} from '@cloudsync/client'
import * as Y from 'yjs'
import { startTestServer, testAdmin, TestLink } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'

const server = sharedByTests(await startTestServer())
const { url } = server
const client = createClient({ url, credentials: testAdmin })
const [space] = await client.spaces.list().all()
assert.ok(space)
const { rootId, id: spaceId } = space

/** Does not wait before it asks again. */
const impatient: SdkClock = {
  ...systemClock,
  delay: (ms, signal) => systemClock.delay(ms < 40_000 ? Math.min(ms, 10) : ms, signal),
}

const makeFolder = (name: string) => client.nodes.create({ parentId: rootId, name, kind: 'folder' })
const namesOf = ({ items }: Changes) =>
  items.map((change) => (change.type === 'node' ? change.node.name : change.id))

suite('whoever follows a space', () => {
  test('gets what has happened, and then what happens, until they stop', async () => {
    const { seq } = await client.spaces.get(spaceId)
    await makeFolder('before')
    const stop = new AbortController()
    const heard: string[] = []
    for await (const changes of client.changes.follow(spaceId, seq, { signal: stop.signal })) {
      heard.push(...namesOf(changes))
      if (heard.at(-1) === 'before') await makeFolder('meanwhile')
      if (heard.at(-1) === 'meanwhile') stop.abort()
    }
    assert.deepEqual(heard, ['before', 'meanwhile'])
  })

  test('goes on from a cursor that was kept, and from now on without one', async () => {
    const { nextCursor } = await client.changes.list(spaceId, 'latest')
    await makeFolder('kept')
    for await (const changes of client.changes.follow(spaceId, nextCursor)) {
      assert.deepEqual(namesOf(changes), ['kept'])
      assert.ok(BigInt(changes.nextCursor) > BigInt(nextCursor))
      break
    }
  })

  test('waits out a server that is away, and misses nothing', async () => {
    await using link = await TestLink.to(url)
    const far = createClient({ url: link.url, credentials: testAdmin, clock: impatient })
    const { nextCursor } = await client.changes.list(spaceId, 'latest')
    await far.me()
    await link.cut()
    await makeFolder('while it was away')
    let troubles = 0
    const onTrouble = (error: Error) => {
      assert.equal(error.name, 'NetworkError')
      if (++troubles === 2) void link.mend()
    }
    for await (const changes of far.changes.follow(spaceId, nextCursor, { onTrouble })) {
      assert.deepEqual(namesOf(changes), ['while it was away'])
      break
    }
    assert.ok(troubles >= 2)
  })

  test('is told when their sign-in is over, and when there is no such space for them', async () => {
    const follow = async (of: typeof client, id = spaceId) => {
      for await (const _ of of.changes.follow(id, 0)) break
    }
    const signedOut = createClient({ url, credentials: { accessToken: 'gone' } })
    await assert.rejects(follow(signedOut), isSignedOut)
    const nowhere = newNodeId() as string as typeof spaceId
    await assert.rejects(follow(client, nowhere), (error) => isCloudSyncError(error, 'not_found'))
  })
})

test('a snapshot has all that is there, and where the feed goes on', async () => {
  const folder = await makeFolder('shot')
  const file = await client.nodes.createFile({ parentId: folder.id, name: 'a', content: 'x' })
  const names: string[] = []
  let cursor = ''
  for await (const page of client.changes.snapshot(spaceId)) {
    names.push(...page.items.map(({ name }) => name))
    cursor = page.changesCursor
  }
  assert.ok(names.indexOf('shot') < names.indexOf('a'))
  assert.deepEqual((await client.changes.list(spaceId, cursor)).items, [])
  const below: string[] = []
  for await (const { items } of client.changes.snapshot(spaceId, { folderId: folder.id }))
    below.push(...items.map(({ id }) => id))
  assert.deepEqual(below, [file.id])
})

test('texts are brought together both ways without a live link', async () => {
  const file = await client.nodes.createFile({ parentId: rootId, name: 't.txt', content: 'theirs' })
  const doc = new Y.Doc()
  const [first] = await client.texts.exchange([
    { nodeId: file.id, stateVector: Y.encodeStateVector(doc), update: new Uint8Array() },
  ])
  assert.ok(first?.ok === true)
  Y.applyUpdate(doc, first.update)
  const text = doc.getText('content')
  assert.equal(text.toJSON(), 'theirs')
  const known = Y.encodeStateVector(doc)
  text.insert(6, ' and mine')
  const update = Y.encodeStateAsUpdate(doc, known)
  const item = { nodeId: file.id, stateVector: Y.encodeStateVector(doc), update }
  const missing = { ...item, nodeId: newNodeId() }
  const [second, refused] = await client.texts.exchange([item, missing])
  assert.ok(second?.ok === true && refused?.ok === false)
  assert.ok(isCloudSyncError(refused.error, 'not_found'))
  const content = await client.content.get(file.id)
  assert.ok(content.kind === 'whole')
  assert.equal(content.etag, second.etag)
  assert.equal(await content.body.text(), 'theirs and mine')
})

test('what the caller has not seen is not trashed', async () => {
  const folder = await makeFolder('seen')
  await client.nodes.rename(folder.id, 'renamed')
  const { results } = await client.nodes.bulk([{ type: 'trash', id: folder.id, ifSeq: folder.seq }])
  assert.ok(results[0]?.ok === false)
  assert.equal(results[0].problem.code, 'precondition_failed')
})
