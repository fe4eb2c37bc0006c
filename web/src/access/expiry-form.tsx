import { useState, type FormEvent } from 'react'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { dayOf, endOfDay, isOver } from './expiry.ts'
import styles from './share.module.css'

export interface ExpiryFormProps {
  /** Whose access it is. */
  readonly name: string
  readonly expiresAt: string | null
  readonly isBusy: boolean
  /** `null`: for good. */
  readonly onDone: (expiresAt: string | null) => void
}

/** Asks until which day somebody has access. */
export function ExpiryForm({ name, expiresAt, isBusy, onDone }: ExpiryFormProps) {
  const [day, setDay] = useState(expiresAt === null ? '' : dayOf(new Date(expiresAt)))
  const [fault, setFault] = useState<string>()

  function submit(event: FormEvent) {
    event.preventDefault()
    const end = endOfDay(day)
    if (end === null) setFault('Choose a day')
    else if (isOver(end, Date.now())) setFault('This day is over already')
    else onDone(end)
  }

  return (
    <form className={styles.expiry} onSubmit={submit} noValidate>
      <Field
        label={`Until when ${name} has access`}
        type="date"
        min={dayOf(new Date())}
        value={day}
        error={fault}
        onChange={(event) => {
          setDay(event.target.value)
          setFault(undefined)
        }}
      />
      <Button type="submit" disabled={isBusy}>
        Set the day
      </Button>
      {expiresAt !== null && (
        <Button variant="quiet" disabled={isBusy} onClick={() => onDone(null)}>
          No end
        </Button>
      )}
    </form>
  )
}
