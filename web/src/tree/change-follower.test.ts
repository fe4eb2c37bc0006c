import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Change, Changes } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { ApiError } from '../api/api-error.ts'
import { ChangeFollower } from './change-follower.ts'

function openFollower(cursor: number) {
  const asked: { cursor: number; answer: PromiseWithResolvers<Changes> }[] = []
  const applied: number[] = []
  let startedOver = 0
  const follower = new ChangeFollower({
    cursor,
    fetchChanges: (from) => {
      const answer = Promise.withResolvers<Changes>()
      asked.push({ cursor: from, answer })
      return answer.promise
    },
    apply: (changes) => applied.push(...changes.map(({ seq }) => seq)),
    startOver: async () => {
      startedOver++
      return 100
    },
  })
  return { follower, asked, applied, startedOver: () => startedOver }
}

const page = (seqs: readonly number[], hasMore = false): Changes => ({
  items: seqs.map((seq): Change => {
    const node = { ...makeNode(`n${seq}`, { seq }), etag: null, canEdit: true }
    return { type: 'node', seq, node, isArrival: false, arrivedSeq: null }
  }),
  nextCursor: String(seqs.at(-1) ?? 0),
  hasMore,
  accessEpoch: '',
})
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

suite('change follower', () => {
  test('reads on while there is more, from where it stands', async () => {
    const { follower, asked, applied } = openFollower(3)
    const done = follower.poke()
    asked[0]?.answer.resolve(page([4, 5], true))
    await turn()
    asked[1]?.answer.resolve(page([6]))
    await done
    assert.deepEqual(
      asked.map(({ cursor }) => cursor),
      [3, 5],
    )
    assert.deepEqual(applied, [4, 5, 6])
    assert.equal(follower.cursor, 6)
  })

  test('is asked once more when it is poked meanwhile, however often', async () => {
    const { follower, asked } = openFollower(0)
    const done = follower.poke()
    void follower.poke()
    void follower.poke()
    asked[0]?.answer.resolve(page([]))
    await turn()
    assert.equal(asked.length, 2)
    asked[1]?.answer.resolve(page([1]))
    await done
    assert.equal(asked.length, 2)
  })

  test('a nudge for what it knows already asks nothing', async () => {
    const { follower, asked } = openFollower(7)
    follower.nudge(7)
    assert.equal(asked.length, 0)
    follower.nudge(8)
    assert.equal(asked.length, 1)
    asked[0]?.answer.resolve(page([8]))
    await turn()
  })

  test('starts over when the feed does not reach back so far', async () => {
    const { follower, asked, startedOver } = openFollower(1)
    const done = follower.poke()
    asked[0]?.answer.reject(new ApiError('bad_request', { status: 410 }))
    await done
    assert.equal(startedOver(), 1)
    assert.equal(follower.cursor, 100)
  })

  test('stays where it is when the server is out of reach', async () => {
    const { follower, asked } = openFollower(1)
    const done = follower.poke()
    asked[0]?.answer.reject(new ApiError('unreachable'))
    await done
    assert.equal(follower.cursor, 1)
  })
})
