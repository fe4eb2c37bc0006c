import { useId, type ReactNode } from 'react'
import styles from './field.module.css'

export interface FieldFrameProps {
  readonly label: string
  readonly isLabelHidden?: boolean | undefined
  readonly hint?: string | undefined
  readonly error?: string | undefined
  /** Draws the control, with what ties it to its label and its note. */
  readonly children: (control: ControlAttributes) => ReactNode
}

export interface ControlAttributes {
  readonly id: string
  readonly 'aria-invalid': true | undefined
  readonly 'aria-describedby': string | undefined
}

/** The label of a control, and its hint, or what is wrong with it. */
export function FieldFrame({ label, isLabelHidden, hint, error, children }: FieldFrameProps) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  const isWrong = error !== undefined || undefined
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={isLabelHidden ? 'visually-hidden' : undefined}>
        {label}
      </label>
      {children({
        id,
        'aria-invalid': isWrong,
        'aria-describedby': note === undefined ? undefined : noteId,
      })}
      {note !== undefined && (
        <p id={noteId} className={styles.note} data-error={isWrong}>
          {note}
        </p>
      )}
    </div>
  )
}
