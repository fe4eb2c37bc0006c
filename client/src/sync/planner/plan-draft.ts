import type { NodeId } from '@cloudsync/protocol'
import type { Operation } from '../model/operation.ts'
import type { HeldDeletions, Plan, WaitReason } from '../model/plan.ts'

/** A plan in the making. */
export class PlanDraft {
  readonly #operations: Operation[] = []
  readonly #last: Operation[] = []
  readonly #held: HeldDeletions[] = []
  readonly waiting: Map<NodeId, WaitReason>

  constructor(waiting: ReadonlyMap<NodeId, WaitReason>) {
    this.waiting = new Map(waiting)
  }

  add(operation: Operation): void {
    this.#operations.push(operation)
  }

  /** After everything else. */
  addLast(operation: Operation): void {
    this.#last.push(operation)
  }

  /** The first reason is the one that counts. */
  wait(id: NodeId, reason: WaitReason): void {
    if (!this.waiting.has(id)) this.waiting.set(id, reason)
  }

  hold(held: HeldDeletions, drops: Iterable<NodeId>): void {
    this.#held.push(held)
    for (const id of drops) this.wait(id, 'held')
  }

  finish(): Plan {
    const operations =
      this.#last.length === 0 ? this.#operations : [...this.#operations, ...this.#last]
    return {
      operations,
      held: this.#held,
      waiting: this.waiting,
    }
  }
}
