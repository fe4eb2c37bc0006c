import { useId, type ReactNode } from 'react'
import styles from '../account/account.module.css'
import { Field } from '../ui/field.tsx'

export interface SearchBarProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder: string
  /** Beside the search. */
  readonly children?: ReactNode
}

/** Finds something in a list. */
export function SearchBar({ value, onChange, placeholder, children }: SearchBarProps) {
  return (
    <div className={styles.line} role="search">
      <Field
        label="Find"
        name="search"
        type="search"
        placeholder={placeholder}
        autoComplete="off"
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      {children}
    </div>
  )
}

/** A field, with what belongs to it beside. */
export function FieldLine({ children }: { readonly children: ReactNode }) {
  return <div className={styles.line}>{children}</div>
}

export interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly label: string }[]
  readonly onChange: (value: Value) => void
}

/** One of a few. */
export function Choice<Value extends string>(props: ChoiceProps<Value>) {
  const { label, isLabelHidden = false, value, options, onChange } = props
  const id = useId()
  return (
    <div className={styles.select}>
      <label htmlFor={id} className={isLabelHidden ? 'visually-hidden' : undefined}>
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => {
          const chosen = options.find((option) => option.value === target.value)
          if (chosen) onChange(chosen.value)
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}
