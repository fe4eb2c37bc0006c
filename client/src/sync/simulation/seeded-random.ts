import type { NodeId } from '@cloudsync/protocol'

/** `sfc32` (Chris Doty-Humphrey, PractRand): small, fast, and good enough to decide who goes first. */
export class SeededRandom {
  #a: number
  #b: number
  #c: number
  #counter = 1
  #ids = 0

  constructor(seed: number) {
    this.#a = seed | 0
    this.#b = Math.floor(seed / 2 ** 32) | 0
    this.#c = 0x9e3779b9
    for (let index = 0; index < 12; index++) this.next()
  }

  /** In [0, 1). */
  readonly next = (): number => {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** In [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)]
  }

  /** Shaped as a UUIDv7; no two are equal. */
  readonly id = (): NodeId => {
    const count = (++this.#ids).toString(16).padStart(12, '0')
    const noise = this.below(0x1000).toString(16).padStart(3, '0')
    return `${count.slice(0, 8)}-${count.slice(8)}-7${noise}-8000-${this.#hex(12)}` as NodeId
  }

  #hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.below(16).toString(16)
    return text
  }
}
