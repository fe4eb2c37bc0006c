import type { AdminSpace } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import styles from '../account/account.module.css'
import { ChoiceOption } from '../account/choice-option.tsx'
import { setQuota } from '../api/admin-space-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { formatSize } from '../files/format.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { SelectField } from '../ui/select-field.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useRefreshAdmin } from './admin-queries.ts'
import { draftOfQuota, quotaUnits, readQuota, type QuotaDraft } from './quota-draft.ts'
import { FieldLine } from './search-bar.tsx'

export interface QuotaDialogProps {
  readonly space: AdminSpace
  readonly onClose: () => void
}

const unitOptions = quotaUnits.map((value) => ({ value, label: value }))

export function QuotaDialog({ space, onClose }: QuotaDialogProps) {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const [draft, setDraft] = useState(() => draftOfQuota(space.quotaBytes))
  const [fault, setFault] = useState<{ readonly amount?: string; readonly form?: string }>({})
  const [isBusy, setIsBusy] = useState(false)
  const change = (part: Partial<QuotaDraft>) => {
    setFault({})
    setDraft((now) => ({ ...now, ...part }))
  }
  const quotaBytes = readQuota(draft)
  const isTooSmall = quotaBytes !== null && quotaBytes !== undefined && quotaBytes < space.usedBytes

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (quotaBytes === undefined) {
      setFault({ amount: 'Give an amount, such as 10 or 2.5.' })
      return
    }
    setIsBusy(true)
    try {
      await setQuota(api, space.id, quotaBytes)
      const words = quotaBytes === null ? 'no limit' : `a limit of ${formatSize(quotaBytes)}`
      toasts.show(`${space.name} has ${words} now`)
      onClose()
      await refresh()
    } catch (error) {
      setFault({ form: errorLine(error) })
      setIsBusy(false)
    }
  }

  return (
    <Dialog title={`Quota of ${space.name}`} onClose={onClose}>
      <form className={styles.steps} onSubmit={(event) => void submit(event)} noValidate>
        <p className={styles.empty}>{formatSize(Math.max(0, space.usedBytes))} are used.</p>
        <LimitChoice isLimited={draft.isLimited} onChange={(isLimited) => change({ isLimited })} />
        {draft.isLimited && (
          <FieldLine>
            <Field
              label="Limit"
              name="amount"
              inputMode="decimal"
              autoComplete="off"
              required
              autoFocus
              value={draft.amount}
              onChange={({ target }) => change({ amount: target.value })}
              error={fault.amount}
            />
            <SelectField
              label="Unit"
              value={draft.unit}
              options={unitOptions}
              onChange={(unit) => change({ unit })}
            />
          </FieldLine>
        )}
        {isTooSmall && (
          <p className={styles.empty} role="status">
            More is there already: it stays, and nothing more comes in.
          </p>
        )}
        {fault.form !== undefined && <FormError>{fault.form}</FormError>}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={isBusy}>
            Save
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

interface LimitChoiceProps {
  readonly isLimited: boolean
  readonly onChange: (isLimited: boolean) => void
}

function LimitChoice({ isLimited, onChange }: LimitChoiceProps) {
  const options = [
    { value: false, label: 'No limit' },
    { value: true, label: 'No more than' },
  ]
  return (
    <fieldset className={styles.options}>
      <legend className="visually-hidden">How much the space may hold</legend>
      {options.map(({ value, label }) => (
        <ChoiceOption
          key={label}
          type="radio"
          name="isLimited"
          label={label}
          isChosen={isLimited === value}
          onChange={() => onChange(value)}
        />
      ))}
    </fieldset>
  )
}
