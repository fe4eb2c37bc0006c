import { nameKey } from './node-name.ts'

/** Which children have a name, whatever its case or composition. */
export class NameIndex {
  /** Nearly every key has one holder, so that a set for each would be most of the memory. */
  readonly #holders = new Map<string, string | Set<string>>()

  add(id: string, name: string): void {
    const key = nameKey(name)
    const holders = this.#holders.get(key)
    if (holders === undefined) this.#holders.set(key, id)
    else if (typeof holders !== 'string') holders.add(id)
    else if (holders !== id) this.#holders.set(key, new Set([holders, id]))
  }

  remove(id: string, name: string): void {
    const key = nameKey(name)
    const holders = this.#holders.get(key)
    if (holders === id) this.#holders.delete(key)
    else if (holders instanceof Set) {
      holders.delete(id)
      if (holders.size === 0) this.#holders.delete(key)
    }
  }

  /** The ids of the children whose name has this key (`nameKey`). */
  holdersOf(key: string): Iterable<string> {
    const holders = this.#holders.get(key)
    if (holders === undefined) return []
    return typeof holders === 'string' ? [holders] : holders
  }
}
