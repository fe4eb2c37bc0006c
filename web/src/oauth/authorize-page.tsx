import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCallback, useEffect, useState } from 'react'
import { NotProvenError, useProven, type Proven } from '../account/use-proven.tsx'
import { describeError, errorLine } from '../api/describe-error.ts'
import { decideConsent, getConsentRequest, type Decision } from '../api/oauth-endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { EntryPage } from '../session/entry-page.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { ConsentCard } from './consent-card.tsx'
import { SignedInOnly } from './signed-in-only.tsx'

/** Where an app has sent somebody's browser, to ask them. */
export function AuthorizePage() {
  usePageTitle('Let an app in')
  return (
    <SignedInOnly>
      <Consent />
    </SignedInOnly>
  )
}

/** What was allowed before needs no proof. */
const unproven: Proven['run'] = (work) => work()

function Consent() {
  const { api } = useServices()
  const proof = useProven()
  const me = useMe()
  const [uid] = useState(() => new URLSearchParams(location.search).get('uid') ?? '')
  const request = useQuery({
    queryKey: ['consent', uid, me.id],
    queryFn: () => getConsentRequest(api, uid),
    // It is used up meanwhile, by this very page.
    staleTime: Infinity,
  })
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  const decide = useCallback(
    async (decision: Decision, run: Proven['run']) => {
      setIsBusy(true)
      try {
        location.assign(await run(() => decideConsent(api, uid, decision)))
      } catch (error) {
        if (!(error instanceof NotProvenError)) setFault(errorLine(error))
        setIsBusy(false)
      }
    },
    [api, uid],
  )
  const isRemembered = request.data?.isRemembered === true
  useEffect(() => {
    if (isRemembered) void decide('allow', unproven)
  }, [isRemembered, decide])

  if (request.isError)
    return <Failed error={request.error} onRetry={() => void request.refetch()} />
  if (!request.data || (isRemembered && fault === undefined))
    return <EntryPage title="One moment">{null}</EntryPage>
  return (
    <>
      <ConsentCard
        request={request.data}
        isBusy={isBusy}
        fault={fault}
        onDecide={(decision) => void decide(decision, proof.run)}
      />
      {proof.dialog}
    </>
  )
}

function Failed({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const { title, canRetry } = describeError(error)
  if (canRetry)
    return (
      <EntryPage title="Let an app in">
        <ErrorState error={error} onRetry={onRetry} />
      </EntryPage>
    )
  return (
    <EntryPage title={title}>
      <p>Go back to the app, and begin there again.</p>
      <Link to="/">To your files</Link>
    </EntryPage>
  )
}
