import { Link } from '@tanstack/react-router'
import { useState, type FormEvent, type ReactNode } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { Button } from '../ui/button.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { EntryPage } from './entry-page.tsx'
import { postPublic } from './send-public.ts'
import { useSignUpState } from './use-sign-up-open.ts'

interface AskByMailProps {
  readonly title: string
  readonly path: string
  readonly action: string
  /** What is said of what was sent to this address. */
  readonly outcome: (email: string) => string
  readonly children: ReactNode
}

/** Asks for an address; everything else happens in the mail that is sent there, or not. */
function AskByMail({ title, path, action, outcome, children }: AskByMailProps) {
  const [email, setEmail] = useState('')
  const [sentTo, setSentTo] = useState<string>()
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  usePageTitle(title)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    setFault(undefined)
    try {
      await postPublic(path, { email: email.trim() })
      setSentTo(email.trim())
    } catch (error) {
      setFault(errorLine(error))
    }
    setIsBusy(false)
  }

  if (sentTo !== undefined)
    return (
      <EntryPage title="Look into your mail">
        <p role="status">{outcome(sentTo)}</p>
        <Link to="/">Back to the sign-in</Link>
      </EntryPage>
    )
  return (
    <EntryPage title={title}>
      {children}
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        {fault !== undefined && <FormError>{fault}</FormError>}
        <Button type="submit" variant="primary" disabled={isBusy}>
          {isBusy ? 'Sending…' : action}
        </Button>
      </form>
      <Link to="/">Back to the sign-in</Link>
    </EntryPage>
  )
}

export function ForgotPasswordPage() {
  return (
    <AskByMail
      title="Forgot your password?"
      path="/auth/password/forgot"
      action="Send the link"
      outcome={(email) =>
        `If ${email} has an account here, a link to choose a new password is on its way. It works for an hour.`
      }
    >
      <p>Give the address of your account. We send a link to choose a new password with.</p>
    </AskByMail>
  )
}

export function SignUpPage() {
  const { data } = useSignUpState()
  if (data && !data.isOpen)
    return (
      <EntryPage title="By invitation only">
        <p>Accounts are made by invitation here. Ask whoever runs the server for one.</p>
        <Link to="/">Back to the sign-in</Link>
      </EntryPage>
    )
  const domains = data?.domains ?? []
  return (
    <AskByMail
      title="Make an account"
      path="/auth/sign-up"
      action="Send the link"
      outcome={(email) => `We have written to ${email}. Go on with the link in the mail.`}
    >
      <p>
        {domains.length === 0
          ? 'Give your address. We send a link to go on with.'
          : `Give your address at ${domains.join(' or ')}. We send a link to go on with.`}
      </p>
    </AskByMail>
  )
}
