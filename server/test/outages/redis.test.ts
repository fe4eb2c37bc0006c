import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SteadyTypist } from '../../testing/steady-typist.ts'
import { timed } from '../../testing/timed-answer.ts'
import {
  openStockClient,
  readMetric,
  redisProgram,
  startTestServer,
  TestLink,
  TestRedis,
  waitUntil,
  type TestCaller,
} from '../../testing/index.ts'

const requestsPerMinute = 150

async function openWorld() {
  await using stack = new AsyncDisposableStack()
  const redis = stack.use(await TestRedis.open())
  const link = stack.use(await TestLink.to(redis.url))
  const env = { REDIS_URL: link.url, RATE_LIMIT_PER_MINUTE: String(requestsPerMinute) }
  const one = stack.use(await startTestServer({}, env))
  const two = stack.use(await one.openAnother())
  const isConnected = async () =>
    (await readMetric(one, 'cloudsync_redis_connected')) === 1 &&
    (await readMetric(two, 'cloudsync_redis_connected')) === 1
  await waitUntil('Redis is connected', isConnected)
  const running = stack.move()
  return { link, one, two, isConnected, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/** Asks until it is refused, and gives how often it was answered. */
async function useUp(caller: TestCaller): Promise<number> {
  for (let count = 0; count < requestsPerMinute * 2; count += 1) {
    const { status, tookMs } = await timed(() => caller.send('GET', '/me'))
    assert.ok(tookMs < 5_000, `${tookMs} ms`)
    if (status === 429) return count
    assert.equal(status, 200)
  }
  return Infinity
}

for (const [what, spoil] of [
  ['is gone', (link: TestLink) => link.cut()],
  ['says nothing', (link: TestLink) => link.silence()],
] as const)
  suite(`a Redis that ${what}`, { skip: redisProgram === undefined }, () => {
    test('costs nobody an edit: people at one server and at two go on, and converge', async () => {
      await using world = await openWorld()
      const { link, one, two, isConnected } = world
      const nodeId = await one.admin.createText('notes.md')
      using ada = new SteadyTypist(one.admin, nodeId, 'ada')
      using bob = new SteadyTypist(two.admin, nodeId, 'bob')
      await waitUntil('both type', () => ada.acknowledged > 10 && bob.acknowledged > 10)
      await spoil(link)
      const [before, seen] = [ada.acknowledged + bob.acknowledged, ada.text.length]
      await waitUntil('both go on', () => ada.acknowledged + bob.acknowledged > before + 40)
      await waitUntil('they see each other', () => ada.text.length > seen && sees(ada, bob))
      assert.equal((await fetch(`${one.url}/readyz`)).status, 200)
      await link.mend()
      await waitUntil('Redis is back', isConnected)
      await Promise.all([ada.finish(), bob.finish()])
      await waitUntil('both have the same', () => ada.text === bob.text)
      const text = await two.admin.text(`/nodes/${nodeId}/content`)
      assert.equal(ada.countMissing(text) + bob.countMissing(text), 0)
    })

    test('lifts no limit, lets nobody wait, and is tried again by itself', async () => {
      await using world = await openWorld()
      const { link, one, isConnected } = world
      const eve = await one.addUser('Eve')
      await spoil(link)
      assert.ok((await useUp(eve)) <= requestsPerMinute)
      assert.ok((await readMetric(one, 'cloudsync_breaker_opened_total{name="redis"}')) > 0)
      await link.mend()
      await waitUntil('Redis is back', isConnected)
      const bob = await one.addUser('Bob')
      await waitUntil('it is asked again', async () => {
        await bob.get('/me')
        return (await readMetric(one, 'cloudsync_breaker_state{name="redis"}')) === 0
      })
    })

    test('keeps no door open: who is signed out at one server is out at the other', async () => {
      await using world = await openWorld()
      const { link, one, two } = world
      const eve = await one.addEditor('Eve')
      const nodeId = await one.admin.createText('notes.md')
      const there = eve.at(two.url)
      using socket = openStockClient(there, nodeId)
      await socket.saved()
      await spoil(link)
      let closed = 0
      socket.socket.on('close', ({ event }: { event: { code: number } }) => {
        closed = event.code
      })
      assert.equal((await eve.send('POST', '/auth/sign-out')).status, 204)
      await waitUntil('the other refuses', async () => {
        return (await there.send('GET', '/me')).status === 401
      })
      await waitUntil('the socket is closed', () => closed === 4401)
      await link.mend()
    })
  })

function sees(one: SteadyTypist, other: SteadyTypist): boolean {
  return one.text.length > 0 && other.countMissing(one.text) <= other.acknowledged / 2
}
