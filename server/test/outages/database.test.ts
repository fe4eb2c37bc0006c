import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { findScratchParent } from '#platform/db/embedded-postgres/testing/find-scratch-parent.ts'
import { SteadyTypist } from '../../testing/steady-typist.ts'
import { SteadyUploader } from '../../testing/steady-uploader.ts'
import { isUnavailableAnswer, timed } from '../../testing/timed-answer.ts'
import {
  readMetric,
  startTestServer,
  TestLink,
  TestPostgres,
  waitUntil,
  type TestServer,
} from '../../testing/index.ts'

interface World extends AsyncDisposable {
  readonly server: TestServer
  /** Takes the database away … */
  readonly spoil: () => Promise<void>
  /** … and brings it back. */
  readonly mend: () => Promise<void>
}

async function behindLink(spoil: (link: TestLink) => void | Promise<void>): Promise<World> {
  await using stack = new AsyncDisposableStack()
  let link: TestLink | undefined
  const databaseVia = async (url: string) => {
    link = stack.use(await TestLink.to(url))
    return link.url
  }
  const server = stack.use(await startTestServer({}, {}, { databaseVia }))
  const running = stack.move()
  return {
    server,
    spoil: async () => link && spoil(link),
    mend: async () => link?.mend(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Its processes are killed, and what is on its disk is what it has when it is back. */
async function beforeRealDatabase(): Promise<World> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(await findScratchParent(), 'cloudsync-outage-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const postgres = stack.use(await TestPostgres.open(directory))
  const server = stack.use(await startTestServer({}, { DATABASE_URL: postgres.url }))
  const running = stack.move()
  return {
    server,
    spoil: () => postgres.kill(),
    mend: () => postgres.ready(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const statusOf = async ({ url }: TestServer, path: string) => (await fetch(url + path)).status

async function isRefusedAtOnce({ admin }: TestServer, path: string): Promise<boolean> {
  const answer = await timed(() => admin.send('GET', path))
  assert.ok(answer.status < 300 || isUnavailableAnswer(answer), JSON.stringify(answer))
  // By design within milliseconds; the bound is for machines that have much to do.
  return isUnavailableAnswer(answer) && answer.tookMs < 1_000
}

async function assertRefusing(server: TestServer, path: string): Promise<void> {
  await waitUntil('requests are refused at once', () => isRefusedAtOnce(server, path))
  await waitUntil(
    'the breaker has opened',
    async () => (await readMetric(server, 'cloudsync_breaker_opened_total{name="postgresql"}')) > 0,
  )
  assert.equal(await statusOf(server, '/healthz'), 200)
  assert.equal(await statusOf(server, '/readyz'), 503)
}

async function assertServing(server: TestServer): Promise<void> {
  await waitUntil('it is ready', async () => (await statusOf(server, '/readyz')) === 200)
  await waitUntil(
    'the breaker is closed',
    async () => (await readMetric(server, 'cloudsync_breaker_state{name="postgresql"}')) === 0,
  )
}

/** People type and upload; the database goes and comes back; what they were told is saved is there. */
async function goThrough({ server, spoil, mend }: World, isSeen: boolean): Promise<void> {
  const { admin } = server
  const rootId = await admin.rootId()
  const nodeId = await admin.createText('notes.md')
  const listing = `/nodes/${rootId}/children`
  using ada = new SteadyTypist(admin, nodeId, 'ada')
  using bob = new SteadyTypist(admin, nodeId, 'bob')
  using uploader = new SteadyUploader(admin, rootId)
  await waitUntil(
    'there is something to lose',
    () => ada.acknowledged > 20 && bob.acknowledged > 20 && uploader.taken > 2,
  )
  await spoil()
  if (isSeen) await assertRefusing(server, listing)
  bob[Symbol.dispose]()
  await mend()
  await assertServing(server)
  const [words, files] = [ada.acknowledged, uploader.taken]
  await waitUntil('people go on', () => ada.acknowledged > words && uploader.taken > files + 2)
  await Promise.all([ada.finish(), uploader.finish()])
  for (const refusal of uploader.refusals) {
    assert.ok(isUnavailableAnswer(refusal), JSON.stringify(refusal))
    assert.ok(refusal.tookMs < 30_000, JSON.stringify(refusal))
  }
  await using restarted = await server.openAnother()
  for (const caller of [admin, restarted.admin]) {
    const text = await caller.text(`/nodes/${nodeId}/content`)
    assert.equal(ada.countMissing(text) + bob.countMissing(text), 0)
    assert.equal(text, ada.text)
  }
  assert.equal(await uploader.countMissing(), 0)
}

suite('a database', () => {
  test('that breaks all connections and refuses new ones costs nothing that was acknowledged', async () => {
    await using world = await behindLink((link) => link.cut())
    await goThrough(world, true)
  })

  test('that swallows all without a word costs nothing that was acknowledged', async () => {
    await using world = await behindLink((link) => link.silence())
    await goThrough(world, true)
  })

  test('that is killed and starts again costs nothing that was acknowledged', async () => {
    await using world = await beforeRealDatabase()
    await goThrough(world, false)
  })

  test('that is slow costs time, and nothing else', async () => {
    await using world = await behindLink((link) => link.slow(50))
    const { server, spoil, mend } = world
    const nodeId = await server.admin.createText('notes.md')
    await spoil()
    using ada = new SteadyTypist(server.admin, nodeId, 'ada')
    using uploader = new SteadyUploader(server.admin, await server.admin.rootId())
    await waitUntil('all goes on', () => ada.acknowledged > 20 && uploader.taken > 2)
    assert.equal(await statusOf(server, '/readyz'), 200)
    await mend()
    await Promise.all([ada.finish(), uploader.finish()])
    assert.deepEqual(uploader.refusals, [])
    assert.equal(await readMetric(server, 'cloudsync_breaker_opened_total{name="postgresql"}'), 0)
    assert.equal(ada.countMissing(await server.admin.text(`/nodes/${nodeId}/content`)), 0)
  })
})

test('a server stops in time while its database says nothing', async () => {
  await using world = await behindLink((link) => link.silence())
  await world.spoil()
  const since = performance.now()
  await world.server.stop()
  assert.ok(performance.now() - since < 60_000)
  await world.mend()
})
