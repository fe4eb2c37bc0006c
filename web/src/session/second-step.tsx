import type { SecondFactorRequired } from '@cloudsync/protocol'
import { Fingerprint } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { ApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { canUsePasskeys } from './can-use-passkeys.ts'
import { enterWithSecondPasskey } from './enter-with-passkey.ts'
import { EntryPage } from './entry-page.tsx'

export interface SecondStepProps {
  /** What the sign-in with the password was refused with. */
  readonly required: SecondFactorRequired
  /** The challenge is not good any more, or somebody wants to begin anew. */
  readonly onBack: (why?: string) => void
  /** Somebody is signed in by it. */
  readonly onDone?: () => void
}

/** After the password: the code of the app, a recovery code, or a passkey. */
export function SecondStep({ required, onBack, onDone }: SecondStepProps) {
  const { session } = useServices()
  const { challenge, methods } = required
  const hasApp = methods.includes('totp')
  const [isRecovery, setIsRecovery] = useState(false)
  const [code, setCode] = useState('')
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function attempt(enter: () => Promise<void>) {
    setIsBusy(true)
    setFault(undefined)
    try {
      await enter()
      onDone?.()
    } catch (error) {
      if (error instanceof ApiError && error.code === 'token_expired')
        onBack('That took too long, or too many tries. Sign in again.')
      setCode('')
      setFault(errorLine(error))
      setIsBusy(false)
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    void attempt(() => session.enter('/auth/second-factor', { challenge, code }))
  }

  return (
    <EntryPage title="One more step">
      <p>{describeStep(hasApp, isRecovery)}</p>
      {hasApp && (
        <form onSubmit={submit}>
          <Field
            key={String(isRecovery)}
            label={isRecovery ? 'Recovery code' : 'Code'}
            name="code"
            autoComplete={isRecovery ? 'off' : 'one-time-code'}
            inputMode={isRecovery ? 'text' : 'numeric'}
            required
            autoFocus
            maxLength={64}
            value={code}
            onChange={({ target }) => setCode(target.value)}
          />
          {fault !== undefined && <FormError>{fault}</FormError>}
          <Button type="submit" variant="primary" disabled={isBusy}>
            {isBusy ? 'Checking…' : 'Continue'}
          </Button>
        </form>
      )}
      {!hasApp && fault !== undefined && <FormError>{fault}</FormError>}
      {methods.includes('passkey') && canUsePasskeys() && (
        <Button
          icon={<Fingerprint size={16} aria-hidden />}
          disabled={isBusy}
          onClick={() => void attempt(() => enterWithSecondPasskey(session, challenge))}
        >
          Use a passkey
        </Button>
      )}
      <div>
        {methods.includes('recovery_code') && (
          <Button variant="quiet" onClick={() => setIsRecovery(!isRecovery)}>
            {isRecovery ? 'Use the app' : 'Use a recovery code'}
          </Button>
        )}
        <Button variant="quiet" onClick={() => onBack()}>
          Back
        </Button>
      </div>
    </EntryPage>
  )
}

function describeStep(hasApp: boolean, isRecovery: boolean): string {
  if (isRecovery) return 'Type one of the recovery codes that you have kept. It works once.'
  if (hasApp) return 'Type the code that your authenticator app shows for CloudSync.'
  return canUsePasskeys()
    ? 'Show your passkey too: two factors are needed here.'
    : 'Your passkey is needed too, and at this address there can be none. Ask an administrator.'
}
