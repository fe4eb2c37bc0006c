/** How much of something each caller holds just now. */
export class Shares {
  readonly #held = new Map<string, number>()

  of(caller: string): number {
    return this.#held.get(caller) ?? 0
  }

  take(caller: string, amount = 1): void {
    this.#held.set(caller, this.of(caller) + amount)
  }

  giveBack(caller: string, amount = 1): void {
    const left = this.of(caller) - amount
    if (left > 0) this.#held.set(caller, left)
    else this.#held.delete(caller)
  }
}
