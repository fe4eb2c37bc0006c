import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { seededRandom } from '@cloudsync/crdt/testing'
import * as Y from 'yjs'

/** A recorded editing history as it would have come from its authors' editors. */
export interface EditingTrace {
  /** One V1 update per edit, each under the client id of its author. */
  readonly updates: readonly Uint8Array[]
  readonly clientIds: readonly number[]
  readonly doc: Y.Doc
}

/** An element of the text: a character with its place after another one. `set` inserts, `del` removes. */
interface TraceOperation {
  readonly action: 'makeText' | 'set' | 'del'
  readonly elemId?: string
  readonly value?: string
}

interface TraceChange {
  readonly actor: string
  readonly startOp: number
  readonly ops: readonly TraceOperation[]
}

/**
 * Reads a history in the JSON of automerge/automerge-perf: one change per line, in the order in which
 * they were made, each with the id of the character that an insertion follows or a deletion removes.
 */
export async function readEditingTrace(path: string): Promise<EditingTrace> {
  const changes = await readChanges(path)
  const order = orderOf(changes)
  const visible = new CountTree(order.size)
  const random = seededRandom(2016)
  const clientIds = new Map<string, number>()
  const doc = new Y.Doc()
  const text = doc.getText('content')
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(new Uint8Array(update)))
  for (const { actor, startOp, ops } of changes) {
    const clientId = clientIds.get(actor) ?? Math.floor(random() * 2 ** 32)
    clientIds.set(actor, clientId)
    // The authors took turns, so one document can stand for all of their editors.
    doc.clientID = clientId
    ops.forEach((operation, index) => {
      if (operation.action === 'makeText') return
      const isInsertion = operation.action === 'set'
      const element = isInsertion ? `${startOp + index}@${actor}` : (operation.elemId ?? '')
      const rank = order.get(element) ?? 0
      const position = visible.countBefore(rank)
      if (isInsertion) text.insert(position, operation.value ?? '')
      else text.delete(position, 1)
      visible.add(rank, isInsertion ? 1 : -1)
    })
  }
  return { updates, clientIds: [...clientIds.values()], doc }
}

async function readChanges(path: string): Promise<TraceChange[]> {
  const changes: TraceChange[] = []
  const lines = createInterface({ input: createReadStream(path).pipe(createGunzip()) })
  for await (const line of lines) changes.push(JSON.parse(line) as TraceChange)
  return changes
}

/** The rank that each element ever inserted has among all of them, by following the insertions. */
function orderOf(changes: readonly TraceChange[]): Map<string, number> {
  const after = new Map<string, string>()
  for (const { actor, startOp, ops } of changes) {
    ops.forEach((operation, index) => {
      if (operation.action !== 'set') return
      const before = operation.elemId ?? '_head'
      const element = `${startOp + index}@${actor}`
      const next = after.get(before)
      after.set(before, element)
      if (next !== undefined) after.set(element, next)
    })
  }
  const order = new Map<string, number>()
  for (let element = after.get('_head'); element !== undefined; element = after.get(element))
    order.set(element, order.size)
  return order
}

/** Counts by rank, with sums of prefixes in logarithmic time (a Fenwick tree). */
class CountTree {
  readonly #sums: Int32Array

  constructor(size: number) {
    this.#sums = new Int32Array(size + 1)
  }

  add(rank: number, count: number): void {
    for (let at = rank + 1; at < this.#sums.length; at += at & -at)
      this.#sums[at] = (this.#sums[at] ?? 0) + count
  }

  countBefore(rank: number): number {
    let sum = 0
    for (let at = rank; at > 0; at -= at & -at) sum += this.#sums[at] ?? 0
    return sum
  }
}
