import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { SessionId, UserId } from '@cloudsync/protocol'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { v7 as uuidv7 } from 'uuid'
import { RedisLink } from '#platform/redis/redis-link.ts'
import { waitUntil } from '../../../testing/stock-clients.ts'
import { redisProgram, TestRedis } from '../../../testing/test-redis.ts'
import { RedisEndedSessions } from './redis-ended-sessions.ts'
import type { SessionEnd } from './sessions.ts'

const log = pino({ level: 'silent' })

function openServer(url: string) {
  const stack = new AsyncDisposableStack()
  const redis = stack.use(RedisLink.open({ url, log, metrics: new Registry() }))
  const ended = stack.use(RedisEndedSessions.open(redis, log))
  const heard: SessionEnd[] = []
  ended.onAdded((end) => heard.push(end))
  return { ended, heard, redis, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function newEnd(): SessionEnd {
  return { sessionId: uuidv7() as SessionId, userId: uuidv7() as UserId }
}

suite('ended sessions in Redis', { skip: redisProgram === undefined }, () => {
  test('are heard of by all servers, and remembered for who comes later', async () => {
    await using redis = await TestRedis.open()
    await using one = openServer(redis.url)
    await using two = openServer(redis.url)
    const end = newEnd()
    await waitUntil('the other has heard', async () => {
      await one.ended.add(end)
      return two.heard.length > 0
    })
    assert.deepEqual(two.heard[0], end)
    assert.equal(await two.ended.has(end.sessionId), true)
    assert.equal(await two.ended.has(newEnd().sessionId), false)
    const ttl = await one.redis.client.ttl(`cloudsync:ended:${end.sessionId}`)
    assert.ok(ttl > 800 && ttl <= 900)
  })

  test('are not known while Redis is away, which nobody has to wait for, and are heard of again when it is back', async () => {
    await using redis = await TestRedis.open()
    await using one = openServer(redis.url)
    await using two = openServer(redis.url)
    await redis.kill()
    const at = performance.now()
    await one.ended.add(newEnd())
    assert.equal(await one.ended.has(newEnd().sessionId), false)
    assert.ok(performance.now() - at < 5_000)
    await redis.start()
    await waitUntil('the other hears again', async () => {
      await one.ended.add(newEnd())
      return two.heard.length > 0
    })
  })

  test('nonsense on the channel is passed over', async () => {
    await using redis = await TestRedis.open()
    await using one = openServer(redis.url)
    const end = newEnd()
    await waitUntil('only what is an end is heard', async () => {
      for (const message of ['', '{', 'null', '{"sessionId":"x"}', JSON.stringify(end)])
        await one.redis.client.publish('cloudsync:session-ended', message).catch(() => undefined)
      return one.heard.length > 0
    })
    assert.deepEqual(one.heard[0], end)
  })
})
