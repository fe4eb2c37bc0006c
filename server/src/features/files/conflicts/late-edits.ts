import { encodeText } from '@cloudsync/crdt'
import { sha256ToBytes } from '@cloudsync/storage'
import type { Logger } from 'pino'
import type { LateEdit } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Contents } from '#features/contents/index.ts'
import { formatOf } from '../content/text-format.ts'
import type { NodeReader } from '../nodes/node-reader.ts'
import { changeNodes } from '../nodes/node-writer.ts'
import { findVersionOf } from '../versions/version-store.ts'
import { currentSide, keepAside } from './conflict-records.ts'

export interface LateEditsOptions {
  readonly db: Database
  readonly nodes: NodeReader
  readonly contents: Contents
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Keeps what people typed into a text while it was replaced by bytes that are no text: a version beside
 * the new content, and a conflict. They were not told that it is saved, so what fails is only logged.
 */
export class LateEdits implements AsyncDisposable {
  readonly #options: LateEditsOptions
  #work: Promise<void> = Promise.resolve()

  constructor(options: LateEditsOptions) {
    this.#options = options
  }

  note(late: LateEdit): void {
    this.#work = this.#work.then(async () => {
      try {
        await this.#keep(late)
      } catch (error) {
        this.#options.log.warn({ err: error, nodeId: late.nodeId }, 'a late edit was not kept')
      }
    })
  }

  /** Resolves when all that was noted is kept. */
  drain(): Promise<void> {
    return this.#work
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#work
  }

  async #keep({ nodeId, authorId, text }: LateEdit): Promise<void> {
    const { db, nodes, contents, clock } = this.#options
    const node = await nodes.find(nodeId)
    if (!node || node.kind === 'folder') return
    const stored = await contents.put(encodeText(text, formatOf(node)))
    await changeNodes(db, clock, async (writer) => {
      const row = await writer.lock(nodeId)
      // An edit that took nothing but what is kept already, such as its own undoing.
      if (await findVersionOf(writer.tx, nodeId, sha256ToBytes(stored.sha256))) return
      const theirs = await currentSide(writer, row)
      const aside = { ...stored, authorId, theirs, now: clock.now(), isExempt: true }
      await keepAside(writer, row, aside)
    })
  }
}
