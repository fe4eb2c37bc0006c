import type { Account } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import { changeEmail, renameAccount } from '../api/account-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useRefreshAccount } from './account-queries.ts'
import styles from './account.module.css'
import { Section } from './section.tsx'
import { useAction } from './use-action.ts'
import { useProven } from './use-proven.tsx'

export function ProfileSection({ account }: { readonly account: Account }) {
  return (
    <Section title="Profile" text="How others see you, and where you are written to.">
      <NameForm name={account.name} />
      <EmailForm account={account} />
    </Section>
  )
}

function NameForm({ name }: { readonly name: string }) {
  const { api, session } = useServices()
  const refresh = useRefreshAccount()
  const action = useAction()
  const [draft, setDraft] = useState(name)
  const isChanged = draft.trim() !== '' && draft.trim() !== name

  function submit(event: FormEvent) {
    event.preventDefault()
    void action.run(async () => {
      await renameAccount(api, draft.trim())
      await Promise.all([refresh(), session.start()])
      toasts.show('Your name is saved')
    })
  }

  return (
    <form className={styles.inline} onSubmit={submit}>
      <Field
        label="Name"
        name="name"
        autoComplete="name"
        dir="auto"
        required
        maxLength={80}
        value={draft}
        onChange={({ target }) => setDraft(target.value)}
      />
      <Button type="submit" disabled={!isChanged || action.isBusy}>
        Save
      </Button>
    </form>
  )
}

function EmailForm({ account }: { readonly account: Account }) {
  const { api } = useServices()
  const { run, dialog } = useProven()
  const action = useAction()
  const [draft, setDraft] = useState(account.email)
  const [sentTo, setSentTo] = useState<string>()
  const typed = draft.trim().toLowerCase()
  const isChanged = typed !== account.email
  const canSend = isChanged ? typed !== '' : !account.isEmailVerified

  function submit(event: FormEvent) {
    event.preventDefault()
    void action.run(async () => {
      await run(() => changeEmail(api, typed))
      setSentTo(typed)
    })
  }

  return (
    <>
      <form className={styles.inline} onSubmit={submit}>
        <Field
          label="E-mail"
          name="email"
          type="email"
          autoComplete="email"
          required
          value={draft}
          onChange={({ target }) => setDraft(target.value)}
          hint={hintOf(account, sentTo)}
        />
        <Button type="submit" disabled={!canSend || action.isBusy}>
          {isChanged || account.isEmailVerified ? 'Change' : 'Verify'}
        </Button>
      </form>
      {dialog}
    </>
  )
}

function hintOf(account: Account, sentTo: string | undefined): string {
  if (sentTo !== undefined) return `Open the link that we have sent to ${sentTo}.`
  if (!account.isEmailVerified) return 'Not verified yet: we can send you a link.'
  return 'Verified. Another address counts when you have opened the link that we send there.'
}
