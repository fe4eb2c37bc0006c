import type { UserId } from '@cloudsync/protocol'

/** What files must know of accounts. */
export interface People {
  /** Those that have an account among `ids`, by the names that they have or have had a moment ago. */
  findPeople(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, Person>>
}

export interface Person {
  readonly id: UserId
  readonly name: string
  readonly color: string
}

/** A person as others see one; `null` for nobody and for an account that is gone. */
export function presentPerson(
  people: ReadonlyMap<UserId, Person>,
  id: UserId | null,
): Person | null {
  return (id === null ? undefined : people.get(id)) ?? null
}
