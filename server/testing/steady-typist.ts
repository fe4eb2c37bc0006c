import { openStockClient, type StockClient } from './stock-clients.ts'
import type { TestCaller } from './test-caller.ts'

const typeEveryMs = 25
/** Who has no acknowledgement goes on all the same, but so slowly. */
const unsavedEveryMs = 1_000

/** Somebody who types one word after the other, whatever happens, and knows which of them were acknowledged. */
export class SteadyTypist implements Disposable {
  /** So many words are acknowledged: the first ones. */
  acknowledged = 0
  readonly #client: StockClient
  readonly #name: string
  readonly #timer: NodeJS.Timeout
  #typed = 0
  #hasLeft = false
  #typedAtMs = -Infinity

  constructor(caller: TestCaller, nodeId: string, name: string) {
    this.#client = openStockClient(caller, nodeId)
    this.#name = name
    this.#timer = setInterval(() => this.#type(), typeEveryMs)
  }

  get text(): string {
    return this.#client.text.toString()
  }

  /** How many of the acknowledged words are not in a text. */
  countMissing(text: string): number {
    const words = new Set(text.split(' '))
    let missing = 0
    for (let n = 0; n < this.acknowledged; n += 1) if (!words.has(this.#word(n))) missing += 1
    return missing
  }

  /** Types no more, and waits until all is acknowledged. */
  async finish(): Promise<void> {
    clearInterval(this.#timer)
    await this.#client.saved()
    this.acknowledged = this.#typed
  }

  /** Leaves as somebody whose device is gone: what was not acknowledged is never sent again. */
  [Symbol.dispose](): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    clearInterval(this.#timer)
    this.#client[Symbol.dispose]()
  }

  #type(): void {
    const { text, provider } = this.#client
    const isSaved = provider.isSynced && !provider.hasUnsyncedChanges
    if (isSaved) this.acknowledged = this.#typed
    const now = performance.now()
    if (!isSaved && now - this.#typedAtMs < unsavedEveryMs) return
    text.insert(text.length, `${this.#word(this.#typed)} `)
    this.#typed += 1
    this.#typedAtMs = now
  }

  #word(n: number): string {
    return `${this.#name}${n}`
  }
}
