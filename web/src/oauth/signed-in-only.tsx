import type { ReactNode } from 'react'
import { useServices, useSessionState } from '../app/services.tsx'
import { EntryPage } from '../session/entry-page.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'

const SignInPage = lazyPart(async () => (await import('../session/sign-in-page.tsx')).SignInPage)
const SecondFactorPage = lazyPart(
  async () => (await import('../account/second-factor-page.tsx')).SecondFactorPage,
)

/** A page without the frame of the app, for which somebody has to be signed in; first they do that here. */
export function SignedInOnly({ children }: { readonly children: ReactNode }) {
  const { session } = useServices()
  const state = useSessionState()
  switch (state.kind) {
    case 'starting':
      return null
    case 'unreachable':
      return (
        <EntryPage title="One moment">
          <ErrorState error={state.error} onRetry={() => void session.start()} />
        </EntryPage>
      )
    case 'signedOut':
      return <SignInPage hasEnded={state.why === 'ended'} />
    case 'signedIn':
      return state.me.mustSetUpSecondFactor ? <SecondFactorPage /> : children
  }
}
