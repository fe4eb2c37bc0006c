import { useState, type FormEvent, type ReactNode } from 'react'
import { isApiError } from '../api/api-error.ts'
import { prove } from '../api/account-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import styles from './account.module.css'

/** Somebody would not say again who they are. */
export class NotProvenError extends Error {
  override readonly name = 'NotProvenError'
}

interface Question {
  readonly answer: (isProven: boolean) => void
}

/** Runs what takes a recent proof of who is there. */
export type RunProven = <Result>(work: () => Promise<Result>) => Promise<Result>

export interface Proven {
  readonly run: RunProven
  readonly dialog: ReactNode
}

/**
 * Runs what takes a recent proof of who is there, and asks for the password where the last one is too old.
 * Throws what `work` throws, and `NotProvenError`.
 */
export function useProven(): Proven {
  const [question, setQuestion] = useState<Question>()

  async function run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (!isApiError(error, 'proof_required')) throw error
    }
    const isProven = await new Promise<boolean>((answer) => setQuestion({ answer }))
    setQuestion(undefined)
    if (!isProven) throw new NotProvenError()
    return work()
  }

  const dialog = question && <ProofDialog onEnd={question.answer} />
  return { run, dialog }
}

function ProofDialog({ onEnd }: { readonly onEnd: (isProven: boolean) => void }) {
  const { api } = useServices()
  const [password, setPassword] = useState('')
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    try {
      await prove(api, password)
      onEnd(true)
    } catch (error) {
      setFault(errorLine(error))
      setPassword('')
      setIsBusy(false)
    }
  }

  return (
    <Dialog
      title="Is it you?"
      description="Type your password to go on. If you have none, sign out and in again."
      onClose={() => onEnd(false)}
    >
      <form className={styles.steps} onSubmit={(event) => void submit(event)}>
        <Field
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          autoFocus
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          error={fault}
        />
        <DialogActions>
          <Button onClick={() => onEnd(false)}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={isBusy}>
            Continue
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
