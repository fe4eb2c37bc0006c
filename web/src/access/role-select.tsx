import type { RoleChoice } from './role-choices.ts'
import styles from './share.module.css'

export interface RoleSelectProps {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly choices: readonly RoleChoice[]
  readonly value: string
  readonly isDisabled?: boolean
  readonly onChange: (choice: RoleChoice) => void
}

export function RoleSelect(props: RoleSelectProps) {
  const { label, isLabelHidden = false, choices, value, isDisabled = false, onChange } = props
  return (
    <label className={styles.select}>
      <span className={isLabelHidden ? 'visually-hidden' : undefined}>{label}</span>
      <select
        value={value}
        disabled={isDisabled}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.value === event.target.value)
          if (chosen) onChange(chosen)
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  )
}
