import type { Group, Member } from '@cloudsync/protocol'

/** Somebody whom something can be shared with. */
export type Recipient =
  | {
      readonly kind: 'user'
      readonly id: Member['userId']
      readonly name: string
      readonly detail: string
      readonly color: string
    }
  | {
      readonly kind: 'group'
      readonly id: Group['id']
      readonly name: string
      readonly detail: string
    }

const maxShown = 8

/** Everybody whom this person knows: the groups, and the members of their spaces, each once. */
export function recipientsOf(
  groups: readonly Group[],
  members: readonly Member[],
  ownId: string,
): readonly Recipient[] {
  const people = new Map<string, Recipient>()
  for (const { userId, name, email, color } of members)
    if (userId !== ownId)
      people.set(userId, { kind: 'user', id: userId, name, detail: email, color })
  return [
    ...people.values(),
    ...groups.map(({ id, name, memberCount }): Recipient => ({
      kind: 'group',
      id,
      name,
      detail: `Group, ${memberCount} ${memberCount === 1 ? 'person' : 'people'}`,
    })),
  ].toSorted((one, other) => one.name.localeCompare(other.name))
}

/** Those of whom a word of the name, or the address, begins as was typed. */
export function suggest(recipients: readonly Recipient[], typed: string): readonly Recipient[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return []
  const begins = (text: string) =>
    text.startsWith(wanted) || text.split(/[\s@.]+/u).some((word) => word.startsWith(wanted))
  return recipients
    .filter(
      ({ kind, name, detail }) =>
        begins(name.toLowerCase()) || (kind === 'user' && begins(detail.toLowerCase())),
    )
    .slice(0, maxShown)
}
