import type { InputHTMLAttributes, ReactNode, Ref } from 'react'
import { FieldFrame } from './field-frame.tsx'
import styles from './field.module.css'

export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly ref?: Ref<HTMLInputElement>
}

/** A labelled input with its hint, or what is wrong with it. */
export function Field({ label, hint, error, ...rest }: FieldProps) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(control) => <input {...rest} {...control} className={styles.input} />}
    </FieldFrame>
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
