import { errorCodes, type ErrorCode, type SecondFactorRequired } from '@cloudsync/protocol'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { useServices, useSessionState } from '../app/services.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { EntryPage } from './entry-page.tsx'
import { SecondStep } from './second-step.tsx'

/** Where somebody comes back to who has signed in by another provider. */
export function ExternalSignInPage() {
  usePageTitle('Sign in')
  const [{ error, next }] = useState(readAnswer)
  return error === undefined ? <Completion next={next} /> : <Refused title={titleOf(error)} />
}

function Completion({ next }: { readonly next: string }) {
  const { session } = useServices()
  const state = useSessionState()
  const navigate = useNavigate()
  const [isGivenUp, setIsGivenUp] = useState(false)
  // Kept apart from the query, which is forgotten when this sign-in takes the place of somebody else's.
  const [hasEntered, setHasEntered] = useState(false)
  const completion = useQuery({
    queryKey: ['external-sign-in'],
    queryFn: async () => {
      await session.enter('/auth/external/complete', {})
      setHasEntered(true)
      return true
    },
    // What the browser holds for it works once.
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    staleTime: Infinity,
    gcTime: 0,
  })
  const isDone = state.kind === 'signedIn' && hasEntered
  useEffect(() => {
    if (isDone) void navigate({ to: next, replace: true })
  }, [isDone, navigate, next])
  const { error } = completion
  if (error instanceof ApiError && error.code === 'second_factor_required' && !isGivenUp)
    return (
      <SecondStep
        required={error.members as unknown as SecondFactorRequired}
        onBack={() => setIsGivenUp(true)}
        onDone={() => setHasEntered(true)}
      />
    )
  if (error && !hasEntered) return <Refused title={errorLine(error)} />
  return <EntryPage title="Signing you in…">{null}</EntryPage>
}

function Refused({ title }: { readonly title: string }) {
  return (
    <EntryPage title="Not signed in">
      <p role="alert">{title}.</p>
      <Link to="/">Go to the sign-in</Link>
    </EntryPage>
  )
}

function readAnswer(): { readonly error: string | undefined; readonly next: string } {
  const query = new URLSearchParams(location.search)
  const next = query.get('next') ?? '/'
  // No page of another site.
  const isOurs = /^\/(?![/\\])/.test(next)
  return { error: query.get('error') ?? undefined, next: isOurs ? next : '/' }
}

function titleOf(code: string): string {
  const known = Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode] : undefined
  return (known ?? errorCodes.external_sign_in_failed).title
}
