import type { SecondFactorPolicy } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import styles from '../account/account.module.css'
import { ChoiceOption } from '../account/choice-option.tsx'
import { Section } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { useProven } from '../account/use-proven.tsx'
import { putSecondFactorPolicy } from '../api/admin-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useMayChange } from './admin-page.tsx'
import { secondFactorPolicyQuery, useRefreshAdmin } from './admin-queries.ts'

export function SecondFactorSection() {
  const { api } = useServices()
  const policy = useQuery(secondFactorPolicyQuery(api))
  return (
    <Section
      title="Two-factor sign-in"
      text="Who has to have a second factor: an authenticator app, or a passkey. Set yours up before you demand it."
    >
      {policy.isError && <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />}
      {policy.data && <PolicyForm key={policy.data.demandedOf} policy={policy.data} />}
    </Section>
  )
}

const choices = [
  { value: 'nobody', label: 'Nobody', hint: 'Each person decides for themselves.' },
  { value: 'administrators', label: 'Administrators', hint: 'Who can change accounts and rules.' },
  {
    value: 'everybody',
    label: 'Everybody',
    hint: 'Who has none is asked to set one up now, and gets at nothing before. Their apps and tokens wait too; service accounts are not meant.',
  },
] as const

function PolicyForm({ policy }: { readonly policy: SecondFactorPolicy }) {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const action = useAction()
  const proof = useProven()
  const mayChange = useMayChange()
  const [demandedOf, setDemandedOf] = useState(policy.demandedOf)

  function submit(event: FormEvent) {
    event.preventDefault()
    void action.run(async () => {
      await proof.run(() => putSecondFactorPolicy(api, { demandedOf }))
      toasts.show('Two-factor sign-in is set')
      await refresh()
    })
  }

  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <fieldset className={styles.options} disabled={!mayChange}>
          <legend className="visually-hidden">Who has to have a second factor</legend>
          {choices.map(({ value, label, hint }) => (
            <ChoiceOption
              key={value}
              type="radio"
              name="demandedOf"
              label={label}
              hint={hint}
              isChosen={demandedOf === value}
              onChange={() => setDemandedOf(value)}
            />
          ))}
        </fieldset>
        {mayChange && (
          <Button
            type="submit"
            variant="primary"
            disabled={demandedOf === policy.demandedOf || action.isBusy}
          >
            Save
          </Button>
        )}
      </form>
      {proof.dialog}
    </>
  )
}
