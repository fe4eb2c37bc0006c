import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  openStockClient,
  openTestCluster,
  redisProgram,
  waitUntil,
  type StockClient,
} from '../testing/index.ts'

async function same(clients: readonly StockClient[], length: number): Promise<string> {
  const [first] = clients
  await waitUntil('all have the same', () =>
    clients.every(
      ({ text }) => text.length === length && text.toString() === first?.text.toString(),
    ),
  )
  return first?.text.toString() ?? ''
}

for (const withRedis of [true, false]) {
  const name = `two servers ${withRedis ? 'with' : 'without'} Redis`
  suite(name, { skip: withRedis && redisProgram === undefined }, () => {
    test('let people write in one text', async () => {
      await using cluster = await openTestCluster(withRedis)
      const nodeId = await cluster.one.admin.createText('notes.md')
      using ada = openStockClient(cluster.one.admin, nodeId)
      using bob = openStockClient(cluster.two.admin, nodeId)
      await Promise.all([ada.saved(), bob.saved()])
      for (let round = 0; round < 30; round += 1) {
        ada.text.insert(0, 'a')
        bob.text.insert(bob.text.length, 'b')
        if (round % 10 === 9) await Promise.all([ada.saved(), bob.saved()])
      }
      await Promise.all([ada.saved(), bob.saved()])
      const text = await same([ada, bob], 60)
      assert.equal(text.replaceAll('b', ''), 'a'.repeat(30))
      using late = openStockClient(cluster.two.admin, nodeId)
      await late.saved()
      assert.equal(late.text.length, 60)
    })

    test('give what was written at the other, and take its ETags', async () => {
      await using cluster = await openTestCluster(withRedis)
      const { one, two } = cluster
      const nodeId = await one.admin.createText('notes.md')
      using ada = openStockClient(one.admin, nodeId)
      using bob = openStockClient(two.admin, nodeId)
      await Promise.all([ada.saved(), bob.saved()])
      const path = `/nodes/${nodeId}/content`
      for (const [index, { admin }] of [one, two, one, two].entries()) {
        const text = `${await admin.text(path)}line ${index}\n`
        const head = await admin.send('HEAD', path)
        await admin.put(path, text, { 'if-match': head.headers.get('etag') ?? '' })
        const other = admin === one.admin ? two.admin : one.admin
        assert.equal(await other.text(path), text)
      }
      await same([ada, bob], 'line 0\n'.length * 4)
    })
  })
}
