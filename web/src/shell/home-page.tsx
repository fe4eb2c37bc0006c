import { Navigate } from '@tanstack/react-router'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { PageHeader } from './page-header.tsx'
import { useSpaces } from './use-spaces.ts'

/** Leads to the person's own files. */
export function HomePage() {
  const spaces = useSpaces()
  usePageTitle(undefined)
  const first = spaces.data?.[0]
  if (first) return <Navigate to="/spaces/$spaceId" params={{ spaceId: first.id }} replace />
  return (
    <>
      <PageHeader title="" />
      {spaces.isError && <ErrorState error={spaces.error} onRetry={() => void spaces.refetch()} />}
      {spaces.isSuccess && <p>You are in no space yet. Make one with “New team space”.</p>}
    </>
  )
}
