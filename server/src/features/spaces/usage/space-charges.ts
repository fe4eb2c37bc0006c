import type { SpaceId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { getUsage, quotaExceeded, roomIn, type SpaceUsage } from './space-usage.ts'

/**
 * What one transaction adds to spaces and takes from them, gathered until its end: `settle` is called with
 * what the spaces hold then, as they stay until the commit.
 */
export class SpaceCharges {
  readonly #db: Kysely<Schema>
  readonly #bytes = new Map<SpaceId, number>()
  readonly #guarded = new Set<SpaceId>()
  readonly #before = new Map<SpaceId, SpaceUsage>()
  readonly #after = new Map<SpaceId, SpaceUsage>()

  constructor(tx: Kysely<Schema>) {
    this.#db = tx
  }

  get spaceIds(): Iterable<SpaceId> {
    return this.#bytes.keys()
  }

  bytesOf(spaceId: SpaceId): number {
    return this.#bytes.get(spaceId) ?? 0
  }

  /** What must not be refused, or makes room. */
  add(spaceId: SpaceId, bytes: number): void {
    if (bytes !== 0) this.#bytes.set(spaceId, this.bytesOf(spaceId) + bytes)
  }

  /** What has to fit. Throws as `require`. */
  async reserve(spaceId: SpaceId, bytes: number): Promise<void> {
    await this.require(spaceId, bytes)
    this.add(spaceId, bytes)
  }

  /** What a space held a moment ago, for who has read it already. */
  learn(spaceId: SpaceId, usage: SpaceUsage): void {
    if (!this.#before.has(spaceId)) this.#before.set(spaceId, usage)
  }

  /**
   * Throws `quota_exceeded` when that much more does not fit, by what the space held when it was first asked
   * for; the end of the transaction asks again.
   */
  async require(spaceId: SpaceId, bytes: number): Promise<void> {
    if (bytes <= 0) return
    this.#guarded.add(spaceId)
    const before = this.#before.get(spaceId) ?? (await getUsage(this.#db, spaceId))
    this.#before.set(spaceId, before)
    const usedBytes = before.usedBytes + this.bytesOf(spaceId)
    const usage = { ...before, usedBytes }
    if (bytes > roomIn(usage)) throw quotaExceeded(usage, bytes)
  }

  /** Whether `settle` may throw. */
  mayRefuse(spaceId: SpaceId): boolean {
    return this.#guarded.has(spaceId) && this.#before.get(spaceId)?.quotaBytes !== null
  }

  /** Throws `quota_exceeded` when others have taken the room meanwhile. */
  settle(spaceId: SpaceId, after: SpaceUsage): void {
    const bytes = this.bytesOf(spaceId)
    this.#after.set(spaceId, after)
    // A quota that was set in between comes too late for what is committed already.
    if (!this.mayRefuse(spaceId) || bytes <= 0 || after.quotaBytes === null) return
    if (after.usedBytes > after.quotaBytes)
      throw quotaExceeded({ ...after, usedBytes: after.usedBytes - bytes }, bytes)
  }

  /** What the spaces hold, since `settle`. */
  get usages(): ReadonlyMap<SpaceId, SpaceUsage> {
    return this.#after
  }
}
