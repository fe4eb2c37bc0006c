import type { AdminUser } from '@cloudsync/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useRef, useState, type ReactNode } from 'react'
import styles from '../account/account.module.css'
import { Row } from '../account/section.tsx'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { usersQuery } from './admin-queries.ts'
import { FieldLine } from './search-bar.tsx'

export interface PersonPickerProps {
  readonly label: string
  readonly isBusy: boolean
  /** Gives whether it went well. */
  readonly onPick: (user: AdminUser) => Promise<boolean>
  /** Beside the field. */
  readonly children?: ReactNode
}

/** So many are shown; who is not among them is found by more letters. */
const shownCount = 5

/** Finds somebody by a part of the name or of the address. */
export function PersonPicker({ label, isBusy, onPick, children }: PersonPickerProps) {
  const { api } = useServices()
  const [text, setText] = useState('')
  const search = text.trim()
  const users = useInfiniteQuery({ ...usersQuery(api, search), enabled: search !== '' })
  const input = useRef<HTMLInputElement>(null)
  const found = (search === '' ? [] : (users.data?.pages[0]?.items ?? [])).filter(
    ({ isDeactivated }) => !isDeactivated,
  )

  async function pick(user: AdminUser) {
    if (!(await onPick(user))) return
    setText('')
    // The button is gone with what was found.
    input.current?.focus()
  }

  return (
    <div>
      <FieldLine>
        <Field
          label={label}
          name="person"
          type="search"
          placeholder="Name or address"
          autoComplete="off"
          ref={input}
          value={text}
          onChange={({ target }) => setText(target.value)}
          error={users.isError ? errorLine(users.error) : undefined}
        />
        {children}
      </FieldLine>
      {found.length > 0 && (
        <ul className={styles.found} aria-label="Found people">
          {found.slice(0, shownCount).map((user) => (
            <Row
              key={user.id}
              icon={<Avatar name={user.name} color={user.color} />}
              title={<span dir="auto">{user.name}</span>}
              note={user.email}
            >
              <Button
                disabled={isBusy}
                aria-label={`Add ${user.name}`}
                onClick={() => void pick(user)}
              >
                Add
              </Button>
            </Row>
          ))}
        </ul>
      )}
      <p className="visually-hidden" role="status">
        {search !== '' && users.isSuccess && `${found.length} found`}
      </p>
      {search !== '' && users.isSuccess && found.length === 0 && (
        <p className={styles.empty}>Nobody is called that.</p>
      )}
    </div>
  )
}
