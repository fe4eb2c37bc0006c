import { Link, useParams } from '@tanstack/react-router'
import type { Space } from '@cloudsync/protocol'
import type { ReactNode } from 'react'
import { ApiError } from '../api/api-error.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { GridSkeleton } from './file-grid.tsx'

/** A page of the space in the address, once it is known. */
export function SpacePage({ children }: { readonly children: (space: Space) => ReactNode }) {
  const { spaceId } = useParams({ strict: false })
  const spaces = useSpaces()
  const space = spaces.data?.find(({ id }) => id === spaceId)
  usePageTitle(space || !spaces.isSuccess ? undefined : 'No such space')
  const showsSkeleton = useDelayed(spaces.isPending, 200)
  if (space) return children(space)
  return (
    <>
      <PageHeader title={spaces.isSuccess ? 'No such space' : ''} />
      {showsSkeleton && <GridSkeleton />}
      {spaces.isError && <ErrorState error={spaces.error} onRetry={() => void spaces.refetch()} />}
      {spaces.isSuccess && <NothingHere />}
    </>
  )
}

export function NothingHere() {
  return (
    <ErrorState error={new ApiError('not_found')}>
      <Link to="/">Go to your files</Link>
    </ErrorState>
  )
}
