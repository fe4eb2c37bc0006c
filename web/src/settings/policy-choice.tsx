import type { Space } from '@cloudsync/protocol'
import { useId } from 'react'
import styles from './policy-choice.module.css'

const policies: readonly {
  readonly value: Space['conflictPolicy']
  readonly label: string
  readonly hint: string
}[] = [
  {
    value: 'last_write_wins',
    label: 'The later one holds',
    hint: 'A file that was replaced stays among the versions, and is listed as a conflict.',
  },
  {
    value: 'ask',
    label: 'Ask',
    hint: 'The first one holds, and the file is marked until somebody decides.',
  },
]

export interface PolicyChoiceProps {
  readonly value: Space['conflictPolicy']
  readonly onChange: (value: Space['conflictPolicy']) => void
}

/** What happens when two collide. */
export function PolicyChoice({ value, onChange }: PolicyChoiceProps) {
  const id = useId()
  return (
    <fieldset className={styles.choice}>
      <legend>When two people move, rename or replace the same thing</legend>
      {policies.map((policy) => (
        <div key={policy.value} className={styles.option}>
          <input
            type="radio"
            name="conflictPolicy"
            id={`${id}-${policy.value}`}
            aria-describedby={`${id}-${policy.value}-hint`}
            checked={value === policy.value}
            onChange={() => onChange(policy.value)}
          />
          <label htmlFor={`${id}-${policy.value}`}>{policy.label}</label>
          <p id={`${id}-${policy.value}-hint`}>{policy.hint}</p>
        </div>
      ))}
    </fieldset>
  )
}
