import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { v7 as uuidv7 } from 'uuid'
import {
  findTreeFaults,
  openStockClient,
  openTestCluster,
  readMetric,
  redisProgram,
  waitUntil,
} from '../testing/index.ts'

suite('two servers whose Redis fails', { skip: redisProgram === undefined }, () => {
  test('go on without it, and converge while it is away and after it', async () => {
    await using cluster = await openTestCluster(true)
    const { one, two, redis } = cluster
    const nodeId = await one.admin.createText('notes.md')
    using ada = openStockClient(one.admin, nodeId)
    using bob = openStockClient(two.admin, nodeId)
    const both = async (what: string) => {
      ada.text.insert(0, `${what}A `)
      bob.text.insert(0, `${what}B `)
      await Promise.all([ada.saved(), bob.saved()])
      await waitUntil(`${what} is seen by both`, () =>
        [ada, bob].every(({ text }) =>
          [`${what}A`, `${what}B`].every((word) => text.toString().includes(word)),
        ),
      )
    }
    await both('before')
    await redis?.kill()
    await both('killed')
    using late = openStockClient(two.admin, await one.admin.createText('other.md'))
    await late.saved()
    await redis?.start()
    for (const server of [one, two])
      await waitUntil(
        'Redis is back',
        async () => (await readMetric(server, 'cloudsync_redis_connected')) === 1,
      )
    await both('started')
    {
      using _ = redis?.hang()
      await both('hanging')
    }
    await both('going on')
    assert.equal(ada.text.toString(), bob.text.toString())
  })
})

suite('rows that do not come by themselves', { skip: redisProgram === undefined }, () => {
  test('are read from the log: a large paste, and what was folded meanwhile', async () => {
    await using cluster = await openTestCluster(true)
    const { one, two } = cluster
    const nodeId = await one.admin.createText('notes.md')
    using ada = openStockClient(one.admin, nodeId)
    using bob = openStockClient(two.admin, nodeId)
    await Promise.all([ada.saved(), bob.saved()])
    const paste = `${'words and more words '.repeat(20)}\n`.repeat(1_000)
    ada.text.insert(0, paste)
    await ada.saved()
    await bob.until('the paste has come', () => bob.text.length === paste.length)
    await cluster.redis?.kill()
    for (let round = 0; round < 600; round += 1) ada.text.insert(0, 'x')
    await ada.saved()
    await bob.until('all has come', () => bob.text.length === paste.length + 600)
    assert.equal(bob.text.toString(), ada.text.toString())
  })

  test('the state of Redis is told to operators', async () => {
    await using cluster = await openTestCluster(true)
    const state = async () => {
      const answer = await fetch(`${cluster.one.url}/readyz`)
      assert.equal(answer.status, 200)
      return ((await answer.json()) as { redis: string }).redis
    }
    assert.equal(await state(), 'connected')
    await cluster.redis?.kill()
    await waitUntil('it is away', async () => (await state()) === 'away')
  })
})

for (const withRedis of [true, false]) {
  const name = `a folder on two servers ${withRedis ? 'with' : 'without'} Redis`
  suite(name, { skip: withRedis && redisProgram === undefined }, () => {
    test('takes the same names at the same moment, and is the same everywhere', async () => {
      await using cluster = await openTestCluster(withRedis)
      const { one, two } = cluster
      const rootId = await one.admin.rootId()
      using ada = openStockClient(one.admin, rootId, { kind: 'folder' })
      using bob = openStockClient(two.admin, rootId, { kind: 'folder' })
      await Promise.all([ada.saved(), bob.saved()])
      for (let round = 0; round < 8; round += 1) {
        for (const { doc, children } of [ada, bob]) {
          const id = uuidv7()
          doc.transact(() => {
            children.set(`n|${id}`, `same ${round}.md`)
            children.set(`k|${id}`, 'text')
          })
        }
        await one.admin.post('/nodes', { parentId: rootId, name: `rest ${round}`, kind: 'folder' })
        if (round % 2 === 0)
          await two.admin
            .post('/nodes', { parentId: rootId, name: `Same ${round}.MD`, kind: 'text' })
            .catch(() => undefined)
      }
      await Promise.all([ada.saved(), bob.saved()])
      const names = ({ children }: typeof ada) =>
        [...children.entries()]
          .filter(([key]) => key.startsWith('n|'))
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
      await waitUntil('both see the same', () => {
        const seen = names(ada)
        return seen.length >= 24 && JSON.stringify(seen) === JSON.stringify(names(bob))
      })
      assert.deepEqual(await findTreeFaults(one.db.database.kysely), [])
      const keys = names(ada).map(([, value]) => String(value).toLowerCase())
      assert.equal(new Set(keys).size, keys.length)
    })
  })
}
