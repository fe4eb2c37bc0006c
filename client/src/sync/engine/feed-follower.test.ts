import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { setImmediate as soon } from 'node:timers/promises'
import test from 'node:test'
import type { RemotePage } from '../ports.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testStepContext } from '../testing/test-step-context.ts'
import { FeedFollower } from './feed-follower.ts'

interface Question {
  readonly waitMs: number
  readonly signal: AbortSignal | undefined
  readonly answer: (page: RemotePage) => void
  readonly breakOff: () => void
}

for (const how of ['answered', 'broken off'] as const)
  test(`what the server has is known again by a question that was asked since, not by one that is ${how} then`, async () => {
    await using folder = await openTestDisk()
    const questions: Question[] = []
    const changes = (_cursor: string, waitMs: number, signal?: AbortSignal) => {
      const { promise, resolve: answer, reject } = Promise.withResolvers<RemotePage>()
      questions.push({
        waitMs,
        signal,
        answer,
        breakOff: () => reject(new DOMException('', 'AbortError')),
      })
      return promise
    }
    const { store, world } = testStepContext({ disk: folder.disk, remote: { changes } })
    store.transaction((writer) => writer.setCursor('1'))
    const stop = new AbortController()
    const feed = new FeedFollower({
      ...world,
      store,
      longPollMs: 1000,
      onNews: () => undefined,
    })
    const running = feed.run(stop.signal)
    const nothing: RemotePage = { changes: [], cursor: '1', hasMore: false }
    const ask = () => questions.at(-1)
    ask()?.answer(nothing)
    await soon()
    assert.deepEqual([feed.isCurrent, ask()?.waitMs], [true, 1000])
    feed.askAnew()
    assert.equal(feed.isCurrent, false)
    if (how === 'answered') ask()?.answer(nothing)
    else ask()?.breakOff()
    await soon()
    assert.deepEqual([feed.isCurrent, ask()?.waitMs, feed.failure], [false, 0, undefined])
    ask()?.answer(nothing)
    await soon()
    assert.equal(feed.isCurrent, true)
    // It lives for weeks: of a question that was answered nothing stays.
    assert.equal(getEventListeners(stop.signal, 'abort').length, 1)
    stop.abort()
    assert.equal(ask()?.signal?.aborted, true)
    ask()?.breakOff()
    await running
  })
