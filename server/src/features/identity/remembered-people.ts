import type { User, UserId } from '@cloudsync/protocol'
import type { Notices } from '#platform/db/notices.ts'
import type { Accounts } from './accounts.ts'

/** Somebody as others see them. */
export type Person = Pick<User, 'id' | 'name' | 'color'>

export interface RememberedPeopleOptions {
  readonly accounts: Pick<Accounts, 'findUsers'>
  readonly notices: Pick<Notices, 'on' | 'onMissed' | 'send'>
}

/** The notice to other servers that somebody has another name. */
const personChanged = 'person_changed'
/** A notice that was lost without anybody noticing counts so long. */
const maxAgeMs = 60_000
const maxPeople = 10_000

/** Names and colours, which stand beside every node: nearly every answer asks for some, and they hardly ever change. */
export class RememberedPeople {
  readonly #options: RememberedPeopleOptions
  readonly #people = new Map<UserId, Person>()
  #sinceMs = performance.now()
  /** Counts what may have changed: what was being read meanwhile is not remembered. */
  #changes = 0

  constructor(options: RememberedPeopleOptions) {
    this.#options = options
    options.notices.on(personChanged, ({ userId }) => this.#forget(userId as UserId))
    options.notices.onMissed(() => this.#forgetAll())
  }

  /** Those that there are among `ids`. */
  async find(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, Person>> {
    if (performance.now() - this.#sinceMs > maxAgeMs) this.#forgetAll()
    const found = new Map<UserId, Person>()
    const others: UserId[] = []
    for (const id of ids) {
      const person = this.#people.get(id)
      if (person) found.set(id, person)
      else others.push(id)
    }
    if (others.length === 0) return found
    const changes = this.#changes
    for (const [id, { name, color }] of await this.#options.accounts.findUsers(others)) {
      const person = { id, name, color }
      found.set(id, person)
      if (changes === this.#changes) this.#remember(person)
    }
    return found
  }

  /** To be called when somebody has another name, at this server or through it. */
  changed(userId: UserId): void {
    this.#forget(userId)
    void this.#options.notices.send(personChanged, { userId })
  }

  #remember(person: Person): void {
    if (this.#people.size >= maxPeople) this.#people.clear()
    this.#people.set(person.id, person)
  }

  #forget(userId: UserId): void {
    this.#changes += 1
    this.#people.delete(userId)
  }

  #forgetAll(): void {
    this.#changes += 1
    this.#people.clear()
    this.#sinceMs = performance.now()
  }
}
