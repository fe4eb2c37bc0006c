import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from 'react'
import styles from './field.module.css'

export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly ref?: Ref<HTMLInputElement>
}

/** A labelled input with its hint, or what is wrong with it. */
export function Field({ label, hint, error, ...rest }: FieldProps) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
        className={styles.input}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={note === undefined ? undefined : noteId}
      />
      {note !== undefined && (
        <p id={noteId} className={styles.note} data-error={error !== undefined || undefined}>
          {note}
        </p>
      )}
    </div>
  )
}

/** The outcome of a form as a whole. */
export function FormError({ children }: { readonly children: ReactNode }) {
  return (
    <p role="alert" className={styles.formError}>
      {children}
    </p>
  )
}
