import { Link, useParams } from '@tanstack/react-router'
import type { Space } from '@cloudsync/protocol'
import { lazy, Suspense } from 'react'
import { ApiError } from '../api/api-error.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import { useSpaceTree } from '../tree/tree-context.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { GridSkeleton } from './file-grid.tsx'
import { FileList } from './file-list.tsx'
import { readNodeId } from './node-id.ts'

const Subfolder = lazy(async () => ({ default: (await import('./subfolder.tsx')).Subfolder }))

/** A folder of a space, or its root. */
export function FileListPage() {
  const { spaceId, folderId } = useParams({ strict: false })
  const spaces = useSpaces()
  const space = spaces.data?.find(({ id }) => id === spaceId)
  usePageTitle(space || !spaces.isSuccess ? undefined : 'No such space')
  const showsSkeleton = useDelayed(spaces.isPending, 200)
  if (space) return <FolderPage space={space} folderId={folderId} />
  return (
    <>
      <PageHeader title={spaces.isSuccess ? 'No such space' : ''} />
      {showsSkeleton && <GridSkeleton />}
      {spaces.isError && <ErrorState error={spaces.error} onRetry={() => void spaces.refetch()} />}
      {spaces.isSuccess && <NothingHere />}
    </>
  )
}

function NothingHere() {
  return (
    <ErrorState error={new ApiError('not_found')}>
      <Link to="/">Go to your files</Link>
    </ErrorState>
  )
}

function FolderPage({ space, folderId }: { readonly space: Space; folderId: string | undefined }) {
  const opened = useSpaceTree(space)
  const id = folderId === undefined ? space.rootId : readNodeId(folderId)
  if (id === undefined) {
    return (
      <>
        <PageHeader title="No such folder" />
        <NothingHere />
      </>
    )
  }
  if (id === space.rootId) {
    return (
      <FileList
        key={id}
        space={space}
        opened={opened}
        folder={{ id, name: space.name, parentId: null }}
        lead={undefined}
      />
    )
  }
  return (
    <Suspense>
      <Subfolder key={id} space={space} opened={opened} id={id} />
    </Suspense>
  )
}
