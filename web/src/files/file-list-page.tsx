import { Link, useParams } from '@tanstack/react-router'
import { ApiError } from '../api/api-error.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { GridSkeleton } from './file-grid.tsx'
import { FileList } from './file-list.tsx'

export function FileListPage() {
  const { spaceId } = useParams({ from: '/shell/spaces/$spaceId' })
  const spaces = useSpaces()
  const space = spaces.data?.find(({ id }) => id === spaceId)
  usePageTitle(space?.name ?? (spaces.isSuccess ? 'No such space' : undefined))
  const showsSkeleton = useDelayed(spaces.isPending, 200)
  if (space) return <FileList key={space.id} space={space} />
  return (
    <>
      <PageHeader title={spaces.isSuccess ? 'No such space' : ''} />
      {showsSkeleton && <GridSkeleton />}
      {spaces.isError && <ErrorState error={spaces.error} onRetry={() => void spaces.refetch()} />}
      {spaces.isSuccess && (
        <ErrorState error={new ApiError('not_found')}>
          <Link to="/">Go to your files</Link>
        </ErrorState>
      )}
    </>
  )
}
