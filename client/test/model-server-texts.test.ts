import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { createClient } from '@cloudsync/client'
import { Random } from '@cloudsync/crdt/testing'
import type { SpaceId } from '@cloudsync/protocol'
import { startTestServer, testAdmin } from '@cloudsync/server/testing'
import { recordPage, recordSnapshot } from '../src/sync/engine/observe-remote.ts'
import type { RemoteChange } from '../src/sync/ports.ts'
import { openModel, openReal, type Side } from '../testing/compared-servers.ts'
import { gistOfEntry, knownOf } from '../testing/gist-of-answers.ts'
import { downloaded, snapshotOf, TextActs, type Ask } from '../testing/text-acts.ts'

const acts = 60
/** Of a text that was told of twice, the server tells once more when ten seconds are over, for its size. */
const unsizedMs = 8_000

/** Reads the feed to its end, as one page; gives what it told that is new. */
async function catchUp(side: Side): Promise<unknown> {
  const { store } = side
  const changes: RemoteChange[] = []
  let cursor = store.cursor ?? ''
  for (let hasMore = true; hasMore;) {
    const page = await side.ask((remote) => remote.changes(cursor, 0))
    assert.ok(page !== 'expired')
    changes.push(...page.changes)
    ;({ cursor, hasMore } = page)
  }
  const told = new Set(changes.map((change) => toldBy(side, change)))
  recordPage(store, { changes, cursor, hasMore: false })
  return [...told].filter((line) => line !== '').toSorted()
}

function toldBy(side: Side, change: RemoteChange): string {
  if (change.kind === 'gone') return `${change.id} gone`
  const { entry, isTrashed } = change
  if (isTrashed) return `${entry.id} trashed`
  const known = side.store.trees.remote.get(entry.id)
  const [before, now] = [known && gistOfEntry(side, known), gistOfEntry(side, entry)]
  return isDeepStrictEqual(before, now) ? '' : JSON.stringify(now)
}

async function* pagesOf(side: Side) {
  yield* await side.ask((remote) => Array.fromAsync(remote.snapshot()))
}

for (const seed of [13, 39, 61, 62])
  test(`[seed ${seed}] the model answers and tells of texts as the server does, at once, late and twice`, async () => {
    await using server = await startTestServer({}, { RATE_LIMIT_PER_MINUTE: '100000' })
    const client = createClient({ url: server.url, credentials: testAdmin })
    const [space] = await client.spaces.list().all()
    assert.ok(space)
    const place = { spaceId: space.id as SpaceId, folderId: space.rootId, isWholeSpace: true }
    await using real = await openReal(server, client, place)
    const { side: model, server: modelServer } = openModel(space.rootId)
    await recordSnapshot(model.store, { snapshot: () => pagesOf(model) })
    const random = new Random(seed)
    const asker = new TextActs(random, space.rootId, modelServer)
    const asked: string[] = []
    const compare = async (what: string, ask: Ask) => {
      asked.push(what)
      const [ofReal, ofModel] = [await ask(real), await ask(model)]
      assert.deepEqual({ model: ofModel }, { model: ofReal }, `after\n${asked.join('\n')}`)
    }
    const compareKnown = async () => {
      await compare('catch up', catchUp)
      await compare('what is known', async (side) => knownOf(side))
    }
    const beganAtMs = performance.now()
    for (let act = 0; act < acts && performance.now() - beganAtMs < unsizedMs; act++) {
      const step = asker.next()
      if (step.makesText || random.chance(0.1)) await compare('tell', (side) => side.tell())
      if (step.isEdit) await real.hold()
      await compare(step.what, step.ask)
      if (step.isEdit) await real.held()
      if (random.chance(0.2)) await compareKnown()
    }
    await compare('tell', (side) => side.tell())
    await compareKnown()
    await compare('snapshot', snapshotOf)
    for (const { id } of model.store.trees.remote.values())
      await compare(`content of ${id}`, (side) => downloaded(side, id))
  })
