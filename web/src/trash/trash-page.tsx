import { Link, useParams } from '@tanstack/react-router'
import { ApiError } from '../api/api-error.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { TrashList } from './trash-list.tsx'

/** What lies in the trash of a space. */
export function TrashPage() {
  const { spaceId } = useParams({ from: '/shell/spaces/$spaceId/trash' })
  const spaces = useSpaces()
  const space = spaces.data?.find(({ id }) => id === spaceId)
  usePageTitle(space ? `Trash of ${space.name}` : undefined)
  if (space) return <TrashList key={space.id} space={space} />
  return (
    <>
      <PageHeader title="Trash" />
      {spaces.isError && <ErrorState error={spaces.error} onRetry={() => void spaces.refetch()} />}
      {spaces.isSuccess && (
        <ErrorState error={new ApiError('not_found')}>
          <Link to="/">Go to your files</Link>
        </ErrorState>
      )}
    </>
  )
}
