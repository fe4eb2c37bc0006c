import type { SignUpPolicy } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import styles from '../account/account.module.css'
import { ChoiceOption } from '../account/choice-option.tsx'
import { Section } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { putSignUpPolicy } from '../api/admin-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Field } from '../ui/field.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useMayChange } from './admin-page.tsx'
import { signUpPolicyQuery, useRefreshAdmin } from './admin-queries.ts'

export function SignUpSection() {
  const { api } = useServices()
  const policy = useQuery(signUpPolicyQuery(api))
  return (
    <Section title="Sign-up" text="Who may make an account without being invited.">
      {policy.isError && <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />}
      {policy.data && <PolicyForm key={JSON.stringify(policy.data)} policy={policy.data} />}
    </Section>
  )
}

const modes = [
  { value: 'closed', label: 'Nobody', hint: 'Accounts are made by invitation.' },
  {
    value: 'domains',
    label: 'Who has an address of these domains',
    hint: 'They show that it is theirs by a link that we send there.',
  },
  { value: 'open', label: 'Everybody', hint: 'Whoever finds this server and has an address.' },
] as const

function PolicyForm({ policy }: { readonly policy: SignUpPolicy }) {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const action = useAction()
  const mayChange = useMayChange()
  const [mode, setMode] = useState(policy.mode)
  const [domains, setDomains] = useState(policy.domains.join(', '))
  const listed = domains.split(/[\s,;]+/).filter((domain) => domain !== '')
  const isChanged = mode !== policy.mode || listed.join() !== policy.domains.join()
  const isComplete = mode !== 'domains' || listed.length > 0

  function submit(event: FormEvent) {
    event.preventDefault()
    void action.run(async () => {
      await putSignUpPolicy(api, { mode, domains: listed })
      toasts.show('The sign-up is set')
      await refresh()
    })
  }

  return (
    <form className={styles.form} onSubmit={submit}>
      <fieldset className={styles.options} disabled={!mayChange}>
        <legend className="visually-hidden">Who may sign up</legend>
        {modes.map(({ value, label, hint }) => (
          <ChoiceOption
            key={value}
            type="radio"
            name="mode"
            label={label}
            hint={hint}
            isChosen={mode === value}
            onChange={() => setMode(value)}
          />
        ))}
      </fieldset>
      {mode === 'domains' && (
        <Field
          label="Domains"
          name="domains"
          placeholder="example.org, example.com"
          autoComplete="off"
          value={domains}
          readOnly={!mayChange}
          onChange={({ target }) => setDomains(target.value)}
        />
      )}
      {mayChange && (
        <Button
          type="submit"
          variant="primary"
          disabled={!isChanged || !isComplete || action.isBusy}
        >
          Save
        </Button>
      )}
    </form>
  )
}
