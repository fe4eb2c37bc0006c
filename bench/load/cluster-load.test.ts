import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHocuspocusCluster } from '../peers/cluster-peer.ts'
import { runLeaveNodes, runOpenNodes, runTypeOnNode } from './cluster-load.ts'
import { writtenState } from './typing.ts'

const skip = process.env['REDIS_BIN'] ? false : 'needs Redis (REDIS_BIN)'

test(
  'each keystroke on one node is timed on each other, and costs Redis bytes',
  { skip },
  async () => {
    await using cluster = await openHocuspocusCluster(3)
    const { name: document, bring: state } = await cluster.createDocument(
      writtenState(5_000, 50, 100),
    )
    await runOpenNodes({ targets: await cluster.targets(), document, state })
    const before = await cluster.redis.readTraffic()
    const { latencies } = await runTypeOnNode({ keystrokes: 5, ratePerSecond: 50 })
    const after = await cluster.redis.readTraffic()
    assert.equal(latencies.length, 10)
    assert.ok(latencies.every((ms) => ms > 0 && ms < 5_000))
    assert.ok(after.inBytes > before.inBytes && after.outBytes > before.outBytes)
    await runLeaveNodes()
  },
)
