import { formatNumber } from '../../report/markdown.ts'
import { median } from '../../report/statistics.ts'

/** What was measured, by who it was measured of: a figure for each round, or for each thing of a round. */
export class Figures {
  readonly #values = new Map<string, number[]>()

  add(title: string, ...values: readonly number[]): void {
    const known = this.#values.get(title)
    if (known) known.push(...values)
    else this.#values.set(title, [...values])
  }

  of(title: string): readonly number[] {
    return this.#values.get(title) ?? []
  }

  median(title: string): number {
    return median(this.of(title))
  }

  /** `5.3 (5.1–6.0)`: the median, and the least and the most; a dash where nothing was measured. */
  show(title: string, digits: number): string {
    const values = this.of(title)
    if (values.length === 0) return '–'
    const format = (value: number) => formatNumber(value, digits)
    const middle = format(median(values))
    if (values.length === 1) return middle
    return `${middle} (${format(Math.min(...values))}–${format(Math.max(...values))})`
  }
}
