import { FieldFrame } from './field-frame.tsx'
import styles from './field.module.css'

export interface SelectFieldProps<Value extends string> {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly label: string }[]
  readonly isDisabled?: boolean
  readonly onChange: (value: Value) => void
}

/** One of a few. */
export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const { label, isLabelHidden, value, options, isDisabled, onChange } = props
  return (
    <FieldFrame label={label} isLabelHidden={isLabelHidden}>
      {(control) => (
        <select
          {...control}
          className={styles.select}
          value={value}
          disabled={isDisabled}
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
      )}
    </FieldFrame>
  )
}
