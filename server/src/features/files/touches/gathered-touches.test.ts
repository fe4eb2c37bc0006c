import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { GatheredTouches, type UrgentTouch } from './gathered-touches.ts'

const space = 'one' as SpaceId
const otherSpace = 'other' as SpaceId

function touchOf(node: string, spaceId = space): UrgentTouch {
  const position = { epoch: 1, seq: 1 }
  return { nodeId: node as NodeId, spaceId, actorId: null, text: node, position }
}

/** Transactions that end when the test says so. */
class Transactions {
  readonly begun: { readonly nodes: string; end: (error?: Error) => void }[] = []

  write = (touches: readonly UrgentTouch[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const nodes = touches.map(({ nodeId }) => nodeId).join(' ')
      this.begun.push({ nodes, end: (error) => (error ? reject(error) : resolve()) })
    })

  get nodes(): string[] {
    return this.begun.map(({ nodes }) => nodes)
  }

  async end(at: number, error?: Error): Promise<void> {
    this.begun[at]?.end(error)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
}

suite('touches that are waited for', () => {
  test('go together while two transactions of their space are under way', async () => {
    const transactions = new Transactions()
    const gathered = new GatheredTouches(transactions.write)
    const written = ['a', 'b', 'c', 'd'].map((node) => gathered.write(touchOf(node)))
    written.push(gathered.write(touchOf('e', otherSpace)))
    assert.deepEqual(transactions.nodes, ['a', 'b', 'e'])
    await transactions.end(0)
    assert.deepEqual(transactions.nodes, ['a', 'b', 'e', 'c d'])
    for (const at of [1, 2, 3]) await transactions.end(at)
    await Promise.all(written)
  })

  test('of one text are never in two transactions at once, nor twice in one', async () => {
    const transactions = new Transactions()
    const gathered = new GatheredTouches(transactions.write)
    const written = ['a', 'a', 'a', 'b'].map((node) => gathered.write(touchOf(node)))
    assert.deepEqual(transactions.nodes, ['a', 'b'])
    await transactions.end(1)
    assert.deepEqual(transactions.nodes, ['a', 'b'])
    await transactions.end(0)
    assert.deepEqual(transactions.nodes, ['a', 'b', 'a'])
    await transactions.end(2)
    await transactions.end(3)
    assert.deepEqual(transactions.nodes, ['a', 'b', 'a', 'a'])
    await Promise.all(written)
  })

  test('are written one by one where one of them cannot be, which alone is told', async () => {
    const transactions = new Transactions()
    const gathered = new GatheredTouches(transactions.write)
    const written = ['a', 'b', 'c', 'd', 'e'].map((node) => gathered.write(touchOf(node)))
    const outcomes = Promise.allSettled(written)
    await transactions.end(0)
    assert.equal(transactions.nodes.at(-1), 'c d e')
    await transactions.end(2, new Error('together'))
    await transactions.end(3)
    await transactions.end(4, new Error('d alone'))
    await transactions.end(5)
    await transactions.end(1)
    assert.deepEqual(transactions.nodes, ['a', 'b', 'c d e', 'c', 'd', 'e'])
    const told = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as Error).message : 'written',
    )
    assert.deepEqual(told, ['written', 'written', 'written', 'd alone', 'written'])
  })
})
