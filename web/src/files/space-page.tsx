import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { SeenSpace } from '../access/seen-space.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { GridSkeleton } from './file-grid.tsx'

const SharedSpace = lazyPart(async () => (await import('../access/shared-space.tsx')).SharedSpace)

/** A page of the space in the address, once it is known. */
export function SpacePage({ children }: { readonly children: (space: SeenSpace) => ReactNode }) {
  const { spaceId } = useParams({ strict: false })
  const spaces = useSpaces()
  const space = spaces.data?.find(({ id }) => id === spaceId)
  const showsSkeleton = useDelayed(spaces.isPending, 200)
  if (space) return children(space)
  if (spaces.data) return <SharedSpace spaceId={spaceId}>{children}</SharedSpace>
  return (
    <>
      <PageHeader title="" />
      {showsSkeleton && <GridSkeleton />}
      {spaces.isError && <ErrorState error={spaces.error} onRetry={() => void spaces.refetch()} />}
    </>
  )
}
