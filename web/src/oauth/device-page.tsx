import type { ConsentRequest } from '@cloudsync/protocol'
import { Link } from '@tanstack/react-router'
import { useEffect, useState, type FormEvent } from 'react'
import { NotProvenError, useProven } from '../account/use-proven.tsx'
import { errorLine } from '../api/describe-error.ts'
import { decideUserCode, lookAtUserCode, type Decision } from '../api/oauth-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { EntryPage } from '../session/entry-page.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { ConsentCard } from './consent-card.tsx'
import styles from './oauth.module.css'
import { SignedInOnly } from './signed-in-only.tsx'

/** Signs a program in that has no browser, by the code that it shows. */
export function DevicePage() {
  usePageTitle('Sign in a device')
  return (
    <SignedInOnly>
      <Device />
    </SignedInOnly>
  )
}

type Step =
  | { readonly kind: 'typing' }
  | { readonly kind: 'asked'; readonly request: ConsentRequest }
  | { readonly kind: 'done'; readonly decision: Decision }

function Device() {
  const { api } = useServices()
  const proof = useProven()
  const [userCode, setUserCode] = useState(readGivenCode)
  const [step, setStep] = useState<Step>({ kind: 'typing' })
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  // The code need not stand in the history.
  useEffect(() => history.replaceState(history.state, '', location.pathname), [])

  async function attempt(work: () => Promise<Step>) {
    setIsBusy(true)
    setFault(undefined)
    try {
      setStep(await work())
    } catch (error) {
      if (!(error instanceof NotProvenError)) setFault(errorLine(error))
    }
    setIsBusy(false)
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    void attempt(async () => ({ kind: 'asked', request: await lookAtUserCode(api, userCode) }))
  }

  const decide = (decision: Decision) =>
    attempt(async () => {
      await proof.run(() => decideUserCode(api, userCode, decision))
      return { kind: 'done', decision }
    })

  switch (step.kind) {
    case 'typing':
      return (
        <EntryPage title="Sign in a device">
          <p>Type the code that the device shows. Go on only if you began this yourself.</p>
          <form className={styles.code} onSubmit={submit}>
            <Field
              label="Code"
              name="code"
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              placeholder="XXXX-XXXX"
              required
              autoFocus
              maxLength={32}
              value={userCode}
              onChange={({ target }) => setUserCode(target.value)}
              error={fault}
            />
            <Button type="submit" variant="primary" disabled={isBusy}>
              Continue
            </Button>
          </form>
        </EntryPage>
      )
    case 'asked':
      return (
        <>
          <ConsentCard
            request={step.request}
            isBusy={isBusy}
            fault={fault}
            onDecide={(decision) => void decide(decision)}
          />
          {proof.dialog}
        </>
      )
    case 'done':
      return (
        <EntryPage title={step.decision === 'allow' ? 'The device is signed in' : 'Not signed in'}>
          <p role="status">
            {step.decision === 'allow'
              ? 'You can close this page and go on there.'
              : 'The device was told. You can close this page.'}
          </p>
          <Link to="/">To your files</Link>
        </EntryPage>
      )
  }
}

/** A device may bring its code along; it is shown, and nothing is sent before somebody says so. */
function readGivenCode(): string {
  return new URLSearchParams(location.search).get('user_code')?.slice(0, 32) ?? ''
}
