import type { NodeId, SpaceId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { TextTouch } from '../nodes/touch-texts.ts'

/** A touch that somebody waits for. */
export interface UrgentTouch extends TextTouch {
  readonly text: string
  readonly spaceId: SpaceId
  /** What is written with it. */
  readonly also?: ((tx: Transaction<Schema>) => Promise<void>) | undefined
}

interface Waiting {
  readonly touch: UrgentTouch
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Two transactions of a space at a time: the next one waits for its lock while one is committed. More would only wait for
 * each other.
 */
const maxWriting = 2
const maxBatch = 50

/**
 * Writes touches that are waited for. Commits of a space follow one another, each as long as the disk takes: what comes
 * while two are under way goes together in the next one.
 */
export class GatheredTouches {
  readonly #write: (touches: readonly UrgentTouch[]) => Promise<void>
  readonly #spaces = new Map<SpaceId, SpaceTouches>()

  /** `write` writes touches of different texts in one transaction. */
  constructor(write: (touches: readonly UrgentTouch[]) => Promise<void>) {
    this.#write = write
  }

  /** Resolves when it is committed. One that cannot be written takes no other with it. */
  write(touch: UrgentTouch): Promise<void> {
    const space = this.#spaces.get(touch.spaceId) ?? { waiting: [], texts: new Set(), writing: 0 }
    this.#spaces.set(touch.spaceId, space)
    return new Promise((resolve, reject) => {
      space.waiting.push({ touch, resolve, reject })
      void this.#writeWaiting(touch.spaceId, space)
    })
  }

  async #writeWaiting(spaceId: SpaceId, space: SpaceTouches): Promise<void> {
    const batch = space.writing < maxWriting ? takeBatch(space) : []
    if (batch.length === 0) return
    space.writing += 1
    await this.#settle(batch)
    space.writing -= 1
    for (const { touch } of batch) space.texts.delete(touch.nodeId)
    if (space.waiting.length > 0) void this.#writeWaiting(spaceId, space)
    else if (space.writing === 0) this.#spaces.delete(spaceId)
  }

  async #settle(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#write(batch.map(({ touch }) => touch))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      const [first, ...others] = batch
      if (others.length === 0) first?.reject(error)
      else for (const one of batch) await this.#settle([one])
    }
  }
}

interface SpaceTouches {
  waiting: Waiting[]
  /** Those that are under way: one text is not in two transactions, of which the second would wait for it. */
  readonly texts: Set<NodeId>
  writing: number
}

/** Of each text the first that waits. */
function takeBatch(space: SpaceTouches): Waiting[] {
  const batch: Waiting[] = []
  const left: Waiting[] = []
  for (const entry of space.waiting) {
    const { nodeId } = entry.touch
    if (batch.length === maxBatch || space.texts.has(nodeId)) left.push(entry)
    else {
      space.texts.add(nodeId)
      batch.push(entry)
    }
  }
  space.waiting = left
  return batch
}
