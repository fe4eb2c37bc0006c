import type { AdminSession, AdminUser, UserId } from '@cloudsync/protocol'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { Section } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { endAnySession, signOutEverywhere } from '../api/admin-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import { AdminPage, useMayChange } from './admin-page.tsx'
import { allSessionsQuery, useRefreshAdmin, userQuery } from './admin-queries.ts'
import { PagedList } from './paged-list.tsx'
import { readUserId } from './read-user-id.ts'
import { SearchBar } from './search-bar.tsx'
import { SessionRow } from './session-row.tsx'
import { SignOutEverywhereDialog } from './sign-out-everywhere-dialog.tsx'

/** Where everybody is signed in, or, at `/admin/sessions/<user>`, where one person is. */
export function SessionsPage() {
  const { _splat: path = '' } = useParams({ from: '/shell/admin/$' })
  const userId = readUserId(path.split('/')[1] ?? '')
  return (
    <AdminPage title="Sessions">
      {userId ? <SessionsOfOne key={userId} userId={userId} /> : <SessionsOfAll />}
    </AdminPage>
  )
}

function SessionsOfAll() {
  const [search, setSearch] = useState('')
  return (
    <Section
      title="Where people are signed in"
      text="With their browsers, and by tokens of programs that act for them. The latest sign-in stands first."
    >
      <SearchBar value={search} onChange={setSearch} placeholder="Name or address of a person" />
      <SessionList search={search.trim()} userId={undefined} />
    </Section>
  )
}

function SessionsOfOne({ userId }: { readonly userId: UserId }) {
  const { api } = useServices()
  const user = useQuery(userQuery(api, userId))
  const mayChange = useMayChange()
  if (user.isError)
    return (
      <ErrorState error={user.error} onRetry={() => void user.refetch()}>
        <EverybodyLink />
      </ErrorState>
    )
  return (
    <Section
      title={user.data ? `Where ${user.data.name} is signed in` : 'Where they are signed in'}
      text={user.data?.email ?? ''}
      action={user.data && mayChange ? <SignOutButton user={user.data} /> : undefined}
    >
      <SessionList search="" userId={userId} />
      <p>
        <EverybodyLink />
      </p>
    </Section>
  )
}

function EverybodyLink() {
  return (
    <Link to="/admin/$" params={{ _splat: 'sessions' }}>
      Show everybody
    </Link>
  )
}

function SignOutButton({ user }: { readonly user: AdminUser }) {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const action = useAction()
  const [isAsking, setIsAsking] = useState(false)
  const signOut = () =>
    action.run(async () => {
      setIsAsking(false)
      await signOutEverywhere(api, user.id)
      toasts.show(`${user.name} is signed out everywhere`)
      await refresh()
    })
  return (
    <>
      <Button disabled={action.isBusy} onClick={() => setIsAsking(true)}>
        Sign out everywhere
      </Button>
      {isAsking && (
        <SignOutEverywhereDialog
          name={user.name}
          onConfirm={() => void signOut()}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  )
}

interface SessionListProps {
  readonly search: string
  readonly userId: UserId | undefined
}

function SessionList({ search, userId }: SessionListProps) {
  const { api } = useServices()
  const sessions = useInfiniteQuery(allSessionsQuery(api, search, userId))
  const refresh = useRefreshAdmin()
  const action = useAction()
  const mayChange = useMayChange()
  const end = (session: AdminSession) =>
    void action.run(async () => {
      await endAnySession(api, session.id)
      await refresh()
    })
  return (
    <PagedList
      label="Sessions"
      query={sessions}
      empty={userId ? 'They are signed in nowhere.' : 'Nobody of that name is signed in.'}
    >
      {(session) => (
        <SessionRow
          key={session.id}
          session={session}
          isOfOne={userId !== undefined}
          isBusy={action.isBusy}
          onEnd={mayChange && !session.isCurrent ? () => end(session) : undefined}
        />
      )}
    </PagedList>
  )
}
