import type { StorageReport } from '@cloudsync/protocol'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { isoTime } from '#platform/iso-time.ts'
import { compressionRatio, dedupRatio, readContentStats } from './content-stats.ts'

/** Counting reads the whole index. */
const maxAgeMs = 60_000

/** What is stored, counted at most once a minute, however many ask. */
export class StorageReports {
  readonly #options: { readonly db: Database; readonly clock: Clock }
  #last: { readonly report: Promise<StorageReport>; readonly atMs: number } | undefined

  constructor(options: { readonly db: Database; readonly clock: Clock }) {
    this.#options = options
  }

  get(): Promise<StorageReport> {
    const nowMs = this.#options.clock.now().getTime()
    if (this.#last && nowMs - this.#last.atMs < maxAgeMs) return this.#last.report
    const report = this.#count()
    this.#last = { report, atMs: nowMs }
    // What failed is not kept.
    report.catch(() => {
      this.#last = undefined
    })
    return report
  }

  async #count(): Promise<StorageReport> {
    const { db, clock } = this.#options
    const countedAt = isoTime(clock.now())
    const stats = await readContentStats(db)
    return {
      ...stats,
      dedupRatio: dedupRatio(stats),
      compressionRatio: compressionRatio(stats),
      countedAt,
    }
  }
}
