import { useState, type FormEvent } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import styles from './account.module.css'

export interface NameDialogProps {
  readonly title: string
  readonly name: string
  readonly onSave: (name: string) => Promise<void>
  /** Says what `onSave` threw; unset: as everywhere. */
  readonly describeFault?: (error: unknown) => string
  readonly onClose: () => void
}

export function NameDialog({
  title,
  name,
  onSave,
  describeFault = errorLine,
  onClose,
}: NameDialogProps) {
  const [draft, setDraft] = useState(name)
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    try {
      await onSave(draft.trim())
    } catch (error) {
      setFault(describeFault(error))
      setIsBusy(false)
    }
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.steps} onSubmit={(event) => void submit(event)}>
        <Field
          label="Name"
          name="name"
          required
          autoFocus
          maxLength={80}
          value={draft}
          onChange={({ target }) => setDraft(target.value)}
          error={fault}
        />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={isBusy || draft.trim() === ''}>
            Save
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
