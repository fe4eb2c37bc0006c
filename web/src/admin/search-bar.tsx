import type { ReactNode } from 'react'
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
