import { Link } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { ChoiceOption } from '../account/choice-option.tsx'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { Button } from '../ui/button.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { EntryPage } from './entry-page.tsx'
import { postPublic } from './send-public.ts'
import { useLinkSecret } from './use-link-secret.ts'

type State = 'asking' | 'sending' | 'done' | 'used'

/** Chooses a new password with the link in a mail. */
export function ResetPasswordPage() {
  const token = useLinkSecret()
  const [state, setState] = useState<State>(token === '' ? 'used' : 'asking')
  const [password, setPassword] = useState('')
  const [endsTokens, setEndsTokens] = useState(true)
  const [fault, setFault] = useState<string>()
  usePageTitle('New password')

  async function submit(event: FormEvent) {
    event.preventDefault()
    setState('sending')
    setFault(undefined)
    try {
      await postPublic('/auth/password/reset', { token, password, endsTokens })
      setState('done')
    } catch (error) {
      if (isApiError(error, 'link_used')) setState('used')
      else {
        setFault(errorLine(error))
        setState('asking')
      }
    }
  }

  if (state === 'used')
    return (
      <EntryPage title="This link is used up or has expired">
        <p>A link works once, for an hour.</p>
        <Link to="/$page" params={{ page: 'forgot-password' }}>
          Ask for a new one
        </Link>
      </EntryPage>
    )
  if (state === 'done')
    return (
      <EntryPage title="Your password is changed">
        <p role="status">Everybody who was signed in with your account has been signed out.</p>
        <Link to="/">Sign in</Link>
      </EntryPage>
    )
  return (
    <EntryPage title="Choose a new password">
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label="New password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          autoFocus
          minLength={10}
          maxLength={256}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          hint="At least 10 characters. Length is what counts."
        />
        <ChoiceOption
          type="checkbox"
          label="Cut off apps and access tokens too"
          hint="Leave it on unless you only forgot the old password."
          isChosen={endsTokens}
          onChange={setEndsTokens}
        />
        {fault !== undefined && <FormError>{fault}</FormError>}
        <Button type="submit" variant="primary" disabled={state === 'sending'}>
          {state === 'sending' ? 'Saving…' : 'Save the password'}
        </Button>
      </form>
    </EntryPage>
  )
}
