import { readCpuSeconds } from './process-usage.ts'

/** The CPU that process trees use from its start on. */
export class CpuMeter {
  readonly #roots: readonly number[]
  readonly #before: number | undefined

  private constructor(roots: readonly number[], before: number | undefined) {
    this.#roots = roots
    this.#before = before
  }

  static async start(roots: readonly number[]): Promise<CpuMeter> {
    return new CpuMeter(roots, await readCpuSeconds(roots))
  }

  /** NaN where nobody can tell. */
  async seconds(): Promise<number> {
    const after = await readCpuSeconds(this.#roots)
    return (after ?? Number.NaN) - (this.#before ?? Number.NaN)
  }
}
