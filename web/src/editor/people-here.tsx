import { useMemo, useSyncExternalStore } from 'react'
import { useMe } from '../app/services.tsx'
import type { LiveText } from '../live/live-text.ts'
import { PeopleList } from '../live/people-list.ts'
import type { PersonHere } from '../live/people.ts'
import { Avatar } from '../ui/avatar.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { toasts } from '../ui/toast-list.ts'
import styles from '../ui/people.module.css'

const maxShown = 4

/** Who else has the document open. A click leads to where they are. */
export function PeopleHere({ live }: { readonly live: LiveText }) {
  const me = useMe()
  const list = useMemo(() => new PeopleList(live.awareness, live.text, me.id), [live, me.id])
  const people = useSyncExternalStore(list.subscribe, () => list.people)
  if (people.length === 0) return null
  const shown = people.length > maxShown ? people.slice(0, maxShown - 1) : people
  const rest = people.slice(shown.length)
  return (
    <ul className={styles.people} aria-label="People here">
      {shown.map((person) => (
        <li key={person.user.id}>
          <button
            type="button"
            className={styles.person}
            title={describe(person)}
            aria-label={describe(person)}
            onClick={() => goTo(live, list, person)}
          >
            <Avatar name={person.user.name} color={person.user.color} size={28} />
          </button>
        </li>
      ))}
      {rest.length > 0 && (
        <li>
          <MenuButton
            label={`${rest.length} more people here`}
            look="plain"
            align="end"
            className={styles.more}
            items={() =>
              rest.map((person) => ({
                kind: 'action',
                label: person.user.name,
                icon: <Avatar name={person.user.name} color={person.user.color} size={20} />,
                onSelect: () => goTo(live, list, person),
              }))
            }
          >
            +{rest.length}
          </MenuButton>
        </li>
      )}
    </ul>
  )
}

function describe({ user, cursor }: PersonHere): string {
  const name = user.kind === 'guest' ? `${user.name} (guest)` : user.name
  return cursor ? `${name}: go to their cursor` : `${name} is here`
}

function goTo(live: LiveText, list: PeopleList, { user }: PersonHere): void {
  // Where they are now, not where they were when the button was drawn.
  const cursor = list.people.find((person) => person.user.id === user.id)?.cursor
  if (cursor) live.reveal(cursor.head)
  else toasts.show(`${user.name} is reading and has no cursor in the text`)
}
