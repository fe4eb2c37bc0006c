import { UsersRound } from 'lucide-react'
import { useId, useState, type KeyboardEvent, type Ref } from 'react'
import { Avatar } from '../ui/avatar.tsx'
import { Field } from '../ui/field.tsx'
import { suggest, type Recipient } from './suggestions.ts'
import styles from './share.module.css'

export interface RecipientFieldProps {
  readonly recipients: readonly Recipient[]
  readonly value: string
  readonly error: string | undefined
  readonly onType: (text: string) => void
  readonly onChoose: (recipient: Recipient) => void
  readonly ref: Ref<HTMLInputElement>
}

/** A field that takes an address, and suggests people and groups (APG "Combobox" with a list). */
export function RecipientField(props: RecipientFieldProps) {
  const { recipients, value, error, onType, onChoose, ref } = props
  const listId = useId()
  const [isOpen, setIsOpen] = useState(false)
  const [active, setActive] = useState<number>()
  const options = isOpen ? suggest(recipients, value) : []
  const isShown = options.length > 0

  function close() {
    setIsOpen(false)
    setActive(undefined)
  }

  function choose(recipient: Recipient | undefined) {
    if (!recipient) return
    onChoose(recipient)
    close()
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setIsOpen(true)
      setActive(step(event.key === 'ArrowDown' ? 1 : -1, active, options.length))
    } else if (event.key === 'Enter' && isShown && active !== undefined) {
      event.preventDefault()
      choose(options[active])
    } else if (event.key === 'Escape' && isShown) close()
  }

  return (
    <div className={styles.recipient} onBlur={close}>
      <Field
        ref={ref}
        label="Add people or groups"
        placeholder="Name or e-mail"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={isShown ? listId : undefined}
        aria-activedescendant={active === undefined || !isShown ? undefined : `${listId}-${active}`}
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        value={value}
        error={error}
        onChange={(event) => {
          onType(event.target.value)
          setIsOpen(true)
          setActive(undefined)
        }}
        onKeyDown={onKeyDown}
      />
      {isShown && (
        <ul id={listId} role="listbox" aria-label="Suggestions" className={styles.options}>
          {options.map((option, index) => (
            <li
              key={option.id}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === active}
              className={styles.option}
              // The field keeps the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => choose(option)}
            >
              <RecipientIcon recipient={option} />
              <span className={styles.person}>
                <span className={styles.name} dir="auto">
                  {option.name}
                </span>
                <span className={styles.detail}>{option.detail}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function RecipientIcon({ recipient }: { readonly recipient: Recipient }) {
  if (recipient.kind === 'user')
    return <Avatar name={recipient.name} color={recipient.color} size={28} />
  return (
    <span className={styles.groupIcon} aria-hidden>
      <UsersRound size={16} />
    </span>
  )
}

/** The next option, round and round. */
function step(by: 1 | -1, active: number | undefined, count: number): number | undefined {
  if (count === 0) return undefined
  if (active === undefined) return by === 1 ? 0 : count - 1
  return (active + by + count) % count
}
