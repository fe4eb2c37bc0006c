import { Link, Navigate, useParams } from '@tanstack/react-router'
import type { Node, NodeId, Space } from '@cloudsync/protocol'
import { lazy, useEffect, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { addressOf } from '../tree/node-address.ts'
import { useAncestors, useSpaceTree, useTreeNode } from '../tree/tree-context.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { GridSkeleton } from './file-grid.tsx'
import { FileList } from './file-list.tsx'
import { readNodeId } from './node-id.ts'

const TrashedFolder = lazy(async () => ({
  default: (await import('./trashed-folder.tsx')).TrashedFolder,
}))

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
        path={[]}
      />
    )
  }
  return <Subfolder key={id} space={space} opened={opened} id={id} />
}

interface SubfolderProps {
  readonly space: Space
  readonly opened: OpenTree
  readonly id: NodeId
}

function Subfolder({ space, opened, id }: SubfolderProps) {
  const { tree } = opened
  const { node, error, retry } = useLoadedNode(opened, id)
  const ancestors = useAncestors(tree, id)
  const showsSkeleton = useDelayed(!node && error === undefined, 200)
  if (error !== undefined && !node) {
    return (
      <>
        <PageHeader title="Folder" />
        <ErrorState error={error} onRetry={retry} heading="h1">
          <Link to="/spaces/$spaceId" params={{ spaceId: space.id }}>
            Go to {space.name}
          </Link>
        </ErrorState>
      </>
    )
  }
  if (!node) {
    return (
      <>
        <PageHeader title="" />
        {showsSkeleton && <GridSkeleton />}
      </>
    )
  }
  if (node.kind !== 'folder' || node.spaceId !== space.id) {
    return <Navigate to={addressOf(node)} replace />
  }
  const trashed = [...ancestors, node].find(({ trashedAt }) => trashedAt !== null)
  if (trashed) return <TrashedFolder space={space} editor={opened.editor} node={trashed} />
  return (
    <FileList
      space={space}
      opened={opened}
      folder={node}
      path={ancestors.map((crumb) => nameRoot(crumb, space))}
    />
  )
}

/** The root folder goes by the name of its space. */
function nameRoot(node: Node, space: Space) {
  return node.parentId === null ? { ...node, name: space.name } : node
}

/** A node that the tree may not know yet. */
function useLoadedNode({ tree }: OpenTree, id: NodeId) {
  const node = useTreeNode(tree, id)
  const [error, setError] = useState<unknown>()
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    let isOver = false
    setError(undefined)
    tree.loadNode(id).catch((failure: unknown) => {
      if (!isOver) setError(failure)
    })
    return () => {
      isOver = true
    }
  }, [tree, id, attempt])
  return { node, error, retry: () => setAttempt((count) => count + 1) }
}
