import { useId, type ReactNode } from 'react'
import styles from './account.module.css'

export interface ChoiceOptionProps {
  readonly type: 'checkbox' | 'radio'
  /** Of the choice, where it is one of several that exclude each other. */
  readonly name?: string
  readonly label: ReactNode
  readonly hint?: string
  readonly isChosen: boolean
  readonly isDisabled?: boolean
  readonly onChange: (isChosen: boolean) => void
}

/** Something to choose, with what it means; several stand in a fieldset. */
export function ChoiceOption(props: ChoiceOptionProps) {
  const { type, name, label, hint, isChosen, isDisabled, onChange } = props
  const id = useId()
  return (
    <div className={styles.option}>
      <input
        type={type}
        name={name}
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        checked={isChosen}
        disabled={isDisabled}
        onChange={({ target }) => onChange(target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && <p id={`${id}-hint`}>{hint}</p>}
    </div>
  )
}
