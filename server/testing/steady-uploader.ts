import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestCaller } from './test-caller.ts'
import { timed, type TimedAnswer } from './timed-answer.ts'

const betweenMs = 50
const sizeBytes = 40_000

interface Kept {
  readonly id: string
  readonly bytes: Buffer
}

/** Somebody who uploads files and texts by turns, whatever happens, and knows which of them were taken. */
export class SteadyUploader implements Disposable {
  readonly refusals: TimedAnswer[] = []
  readonly #kept: Kept[] = []
  readonly #caller: TestCaller
  readonly #parentId: string
  readonly #running: Promise<void>
  #isOver = false
  #failure: unknown

  constructor(caller: TestCaller, parentId: string) {
    this.#caller = caller
    this.#parentId = parentId
    this.#running = this.#run().catch((error: unknown) => {
      this.#failure = error
    })
  }

  get taken(): number {
    return this.#kept.length
  }

  /** Uploads no more. Throws when an upload had no answer. */
  async finish(): Promise<void> {
    this.#isOver = true
    await this.#running
    if (this.#failure !== undefined) throw this.#failure
  }

  [Symbol.dispose](): void {
    this.#isOver = true
  }

  /** How many of the files that were taken are not there, byte by byte. */
  async countMissing(caller: TestCaller = this.#caller): Promise<number> {
    let missing = 0
    for (const { id, bytes } of this.#kept) {
      const answer = await caller.send('GET', `/nodes/${id}/content`)
      if (!bytes.equals(Buffer.from(await answer.arrayBuffer()))) missing += 1
    }
    return missing
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#isOver; n += 1) {
      const bytes = n % 2 === 0 ? blob() : Buffer.from(randomBytes(1_000).toString('hex'))
      const file = { parentId: this.#parentId, name: `${n}.${n % 2 === 0 ? 'bin' : 'md'}` }
      const answer = await timed(() => this.#caller.upload(file, Uint8Array.from(bytes)))
      if (answer.status === 201) this.#kept.push({ id: String(answer.body['id']), bytes })
      else this.refusals.push(answer)
      await pause(betweenMs)
    }
  }
}

/** The first byte says that it is no text. */
function blob(): Buffer {
  return Buffer.concat([Buffer.from([0]), randomBytes(sizeBytes)])
}
