import { QueryClient } from '@tanstack/react-query'
import { createContext, use, useSyncExternalStore } from 'react'
import { ApiClient } from '../api/api-client.ts'
import { ApiError } from '../api/api-error.ts'
import { createBrowserSession } from '../session/browser-session.ts'
import type { Session, SessionState } from '../session/session.ts'

/** What the parts of the page share. */
export interface Services {
  readonly session: Session
  readonly api: ApiClient
  readonly queryClient: QueryClient
}

export const ServicesContext = createContext<Services | undefined>(undefined)

export function createServices(): Services {
  const session = createBrowserSession()
  const queryClient = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => isWorthRetrying(error) && failures < 2,
        // Whether there is a network is told by the answer, not by the browser's guess.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
  // What one person saw is not for the next. Not in an effect of a page: it would take away what the
  // sign-in page has just asked for.
  session.subscribe(() => {
    if (session.state.kind === 'signedOut') queryClient.clear()
  })
  return { session, api: new ApiClient((url, init) => fetch(url, init), session), queryClient }
}

function isWorthRetrying(error: unknown): boolean {
  return error instanceof ApiError && error.retryable && error.code !== 'rate_limited'
}

export function useServices(): Services {
  const services = use(ServicesContext)
  if (!services) throw new Error('There are no services around this component')
  return services
}

export function useSessionState(): SessionState {
  const { session } = useServices()
  return useSyncExternalStore(session.subscribe, () => session.state)
}

/** The person who is signed in; only below the shell, which shows nothing otherwise. */
export function useMe() {
  const state = useSessionState()
  if (state.kind !== 'signedIn') throw new Error('Nobody is signed in')
  return state.me
}
