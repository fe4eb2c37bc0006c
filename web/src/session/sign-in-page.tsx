import type { SecondFactorRequired } from '@cloudsync/protocol'
import { Link } from '@tanstack/react-router'
import { Fingerprint } from 'lucide-react'
import { useActionState, useEffect, useRef, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { readField } from '../ui/read-field.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { canUsePasskeys } from './can-use-passkeys.ts'
import { enterWithPasskey } from './enter-with-passkey.ts'
import { EntryPage } from './entry-page.tsx'
import styles from './entry-page.module.css'
import { useCountdown } from './use-countdown.ts'
import { ProviderButtons } from './provider-buttons.tsx'
import { SecondStep } from './second-step.tsx'
import { useSetUpNeeded } from './use-set-up-needed.ts'
import { useSignUpOpen } from './use-sign-up-open.ts'

type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly email: string }
  | { readonly kind: 'limited'; readonly email: string; readonly seconds: number }
  | { readonly kind: 'failed'; readonly email: string; readonly text: string }
  /** The password was right. */
  | {
      readonly kind: 'halfway'
      readonly email: string
      readonly required: SecondFactorRequired
    }

export interface SignInPageProps {
  /** The session ended by itself: say so, or people think that they did something wrong. */
  readonly hasEnded: boolean
}

export function SignInPage({ hasEnded }: SignInPageProps) {
  const { session } = useServices()
  usePageTitle('Sign in')
  const isSetUpNeeded = useSetUpNeeded()
  const isSignUpOpen = useSignUpOpen()
  // Which half sign-in was given up, and why.
  const [given, setGiven] = useState<{ outcome: Outcome; why: string | undefined }>()
  const [outcome, submit, isBusy] = useActionState<Outcome, FormData>(
    async (_, form) => {
      const email = readField(form, 'email')
      try {
        await session.signIn(email, readField(form, 'password'))
        return { kind: 'none' }
      } catch (error) {
        return readOutcome(error, email)
      }
    },
    { kind: 'none' },
  )
  const password = useRef<HTMLInputElement>(null)
  // The form has emptied it, and it is what is to be typed again.
  useEffect(() => {
    if (outcome.kind === 'wrong') password.current?.focus()
  }, [outcome])
  const wait = useCountdown(outcome.kind === 'limited' ? outcome.seconds : 0, outcome)
  if (outcome.kind === 'halfway' && given?.outcome !== outcome)
    return <SecondStep required={outcome.required} onBack={(why) => setGiven({ outcome, why })} />
  return (
    <EntryPage title="Sign in to CloudSync">
      {isSetUpNeeded && (
        <p>
          This server has no account yet. Open the set-up link that it wrote to its log when it
          started.
        </p>
      )}
      {hasEnded && outcome.kind === 'none' && (
        <p role="status">
          Your session has ended. Edits that were not sent are kept on this device.
        </p>
      )}
      <form action={submit}>
        <Field
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          required
          autoFocus
          defaultValue={outcome.kind === 'none' ? '' : outcome.email}
        />
        <Field
          ref={password}
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <OutcomeNote outcome={outcome} wait={wait} />
        {given?.outcome === outcome && given.why !== undefined && (
          <FormError>{given.why}</FormError>
        )}
        <Button type="submit" variant="primary" disabled={isBusy || wait > 0}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
      {canUsePasskeys() && <PasskeyButton />}
      <ProviderButtons />
      <p className={styles.links}>
        <Link to="/$page" params={{ page: 'forgot-password' }}>
          Forgot your password?
        </Link>
        {isSignUpOpen && (
          <Link to="/$page" params={{ page: 'sign-up' }}>
            Make an account
          </Link>
        )}
      </p>
    </EntryPage>
  )
}

function PasskeyButton() {
  const { session } = useServices()
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function signIn() {
    setIsBusy(true)
    setFault(undefined)
    try {
      await enterWithPasskey(session)
    } catch (error) {
      setFault(errorLine(error))
      setIsBusy(false)
    }
  }

  return (
    <>
      {fault !== undefined && <FormError>{fault}</FormError>}
      <Button
        className={styles.wide}
        icon={<Fingerprint size={16} aria-hidden />}
        disabled={isBusy}
        onClick={() => void signIn()}
      >
        Use a passkey
      </Button>
    </>
  )
}

function OutcomeNote({ outcome, wait }: { readonly outcome: Outcome; readonly wait: number }) {
  switch (outcome.kind) {
    case 'none':
    case 'halfway':
      return null
    case 'wrong':
      return <FormError>The e-mail address or the password is wrong.</FormError>
    case 'limited':
      return (
        <FormError>
          {wait > 0
            ? `Too many attempts. Try again in ${formatWait(wait)}.`
            : 'You can try again now.'}
        </FormError>
      )
    case 'failed':
      return <FormError>{outcome.text}</FormError>
  }
}

function formatWait(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}

function readOutcome(error: unknown, email: string): Outcome {
  if (error instanceof ApiError) {
    if (error.code === 'wrong_credentials') return { kind: 'wrong', email }
    if (error.code === 'second_factor_required')
      return { kind: 'halfway', email, required: error.members as unknown as SecondFactorRequired }
    if (error.code === 'rate_limited') {
      return { kind: 'limited', email, seconds: error.retryAfterSeconds ?? 60 }
    }
    if (error.code === 'unreachable') {
      return {
        kind: 'failed',
        email,
        text: 'Could not reach the server. Check your connection, then try again.',
      }
    }
  }
  return { kind: 'failed', email, text: errorLine(error) }
}
