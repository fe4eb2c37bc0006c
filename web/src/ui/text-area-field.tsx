import type { TextareaHTMLAttributes } from 'react'
import { classNames } from './class-names.ts'
import { FieldFrame } from './field-frame.tsx'
import styles from './field.module.css'

export interface TextAreaFieldProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
}

/** As `Field`, for more than a line. */
export function TextAreaField({ label, hint, error, ...rest }: TextAreaFieldProps) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(control) => (
        <textarea {...rest} {...control} className={classNames(styles.input, styles.area)} />
      )}
    </FieldFrame>
  )
}
