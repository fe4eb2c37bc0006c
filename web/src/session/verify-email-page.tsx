import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { FormError } from '../ui/field.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { EntryPage } from './entry-page.tsx'
import { postPublic } from './send-public.ts'
import { useLinkSecret } from './use-link-secret.ts'

type State = 'asking' | 'sending' | 'done' | 'used'

/** Confirms an address. By a button: programs that look at links in mails must not use them up. */
export function VerifyEmailPage() {
  const { session } = useServices()
  const token = useLinkSecret()
  const [state, setState] = useState<State>(token === '' ? 'used' : 'asking')
  const [fault, setFault] = useState<string>()
  usePageTitle('Confirm your address')

  async function confirm() {
    setState('sending')
    setFault(undefined)
    try {
      await postPublic('/auth/verify-email', { token })
      setState('done')
      if (session.state.kind === 'signedIn') await session.start()
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
        <p>A link works once, for a day. Ask for another in your settings.</p>
        <Link to="/account">Profile and security</Link>
      </EntryPage>
    )
  if (state === 'done')
    return (
      <EntryPage title="Your address is confirmed">
        <p role="status">From now on you sign in with it.</p>
        <Link to="/">Go to your files</Link>
      </EntryPage>
    )
  return (
    <EntryPage title="Confirm your address">
      <p>One click more, and this address is the one of your account.</p>
      {fault !== undefined && <FormError>{fault}</FormError>}
      <Button variant="primary" disabled={state === 'sending'} onClick={() => void confirm()}>
        {state === 'sending' ? 'Confirming…' : 'Confirm the address'}
      </Button>
    </EntryPage>
  )
}
