import type { Role, SpaceId, UserId } from '@cloudsync/protocol'
import type { Clock } from '#platform/clock.ts'

export interface RoleCacheOptions {
  readonly clock: Clock
  readonly read: (userId: UserId, spaceId: SpaceId) => Promise<Role | undefined>
  /** How long a role may be believed that another process could have changed meanwhile. */
  readonly maxAgeMs: number
  readonly maxEntries: number
}

/**
 * Remembers for a moment which role a user has in a space. Only a role that was found is remembered,
 * never the lack of one: what was granted by another process counts at once.
 */
export class RoleCache {
  readonly #options: RoleCacheOptions
  readonly #entries = new Map<string, { readonly role: Role; readonly readAtMs: number }>()
  /** Grows with each `forget`, so that a read that began before it is not remembered after it. */
  #generation = 0

  constructor(options: RoleCacheOptions) {
    this.#options = options
  }

  /** The remembered role, if it is recent enough. */
  peek(userId: UserId, spaceId: SpaceId): Role | undefined {
    const entry = this.#entries.get(keyOf(userId, spaceId))
    if (!entry) return undefined
    const ageMs = this.#options.clock.now().getTime() - entry.readAtMs
    return ageMs >= 0 && ageMs < this.#options.maxAgeMs ? entry.role : undefined
  }

  /** The role as the database has it now. */
  async read(userId: UserId, spaceId: SpaceId): Promise<Role | undefined> {
    const generation = this.#generation
    const readAtMs = this.#options.clock.now().getTime()
    const role = await this.#options.read(userId, spaceId)
    if (generation === this.#generation) this.#remember(keyOf(userId, spaceId), role, readAtMs)
    return role
  }

  forget(userId: UserId, spaceId: SpaceId): void {
    this.#generation++
    this.#entries.delete(keyOf(userId, spaceId))
  }

  #remember(key: string, role: Role | undefined, readAtMs: number): void {
    this.#entries.delete(key)
    if (role === undefined) return
    if (this.#entries.size >= this.#options.maxEntries) this.#entries.clear()
    this.#entries.set(key, { role, readAtMs })
  }
}

function keyOf(userId: UserId, spaceId: SpaceId): string {
  return `${userId} ${spaceId}`
}
