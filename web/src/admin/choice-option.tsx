import { useId, type ReactNode } from 'react'
import styles from '../account/account.module.css'

export interface ChoiceOptionProps {
  readonly type: 'checkbox' | 'radio'
  /** Of the choice, where it is one of several that exclude each other. */
  readonly name?: string
  readonly label: ReactNode
  readonly hint: string
  readonly isChosen: boolean
  readonly onChange: (isChosen: boolean) => void
}

/** One of several in a fieldset, with what it means. */
export function ChoiceOption({ type, name, label, hint, isChosen, onChange }: ChoiceOptionProps) {
  const id = useId()
  return (
    <div className={styles.option}>
      <input
        type={type}
        name={name}
        id={id}
        aria-describedby={`${id}-hint`}
        checked={isChosen}
        onChange={({ target }) => onChange(target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      <p id={`${id}-hint`}>{hint}</p>
    </div>
  )
}
