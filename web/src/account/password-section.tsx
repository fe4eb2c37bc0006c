import { useState, type FormEvent } from 'react'
import { changePassword } from '../api/account-endpoints.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useRefreshAccount } from './account-queries.ts'
import styles from './account.module.css'
import { ChoiceOption } from './choice-option.tsx'
import { Section } from './section.tsx'
import { NotProvenError, useProven } from './use-proven.tsx'

export function PasswordSection() {
  const { api } = useServices()
  const refresh = useRefreshAccount()
  const { run, dialog } = useProven()
  const [password, setPassword] = useState('')
  const [endsTokens, setEndsTokens] = useState(false)
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    setFault(undefined)
    try {
      await run(() => changePassword(api, { password, endsTokens }))
      setPassword('')
      toasts.show('Your password is changed')
      await refresh()
    } catch (error) {
      if (!(error instanceof NotProvenError)) setFault(errorLine(error))
    }
    setIsBusy(false)
  }

  return (
    <Section title="Password" text="A new one signs you out everywhere else.">
      <form className={styles.inline} onSubmit={(event) => void submit(event)}>
        <Field
          label="New password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={10}
          maxLength={256}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          hint="At least 10 characters. Length is what counts."
          error={fault}
        />
        <Button type="submit" disabled={password === '' || isBusy}>
          Change
        </Button>
        <ChoiceOption
          type="checkbox"
          label="Cut off apps and access tokens too"
          hint="Otherwise they go on."
          isChosen={endsTokens}
          onChange={setEndsTokens}
        />
      </form>
      {dialog}
    </Section>
  )
}
