import { Link, Navigate, useParams } from '@tanstack/react-router'
import type { Node, NodeId } from '@cloudsync/protocol'
import { useEffect, useState } from 'react'
import { NothingHere } from '../access/shared-space.tsx'
import type { SeenSpace } from '../access/seen-space.ts'
import { PageHeader } from '../shell/page-header.tsx'
import type { OpenTree } from '../tree/space-trees.ts'
import { addressOf } from '../tree/node-address.ts'
import { useAncestors, useSpaceTree, useTreeNode } from '../tree/tree-context.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { Breadcrumbs } from './breadcrumbs.tsx'
import { GridSkeleton } from './file-grid.tsx'
import { RootFolder } from './file-list-page.tsx'
import { FileList } from './file-list.tsx'
import { readNodeId } from './node-id.ts'
import { SpacePage } from './space-page.tsx'
import { TrashedFolder } from './trashed-folder.tsx'

const ClosedFolder = lazyPart(async () => (await import('../access/no-access.tsx')).ClosedFolder)

/** A folder of a space. */
export function FolderPage() {
  return <SpacePage>{(space) => <Folder space={space} />}</SpacePage>
}

function Folder({ space }: { readonly space: SeenSpace }) {
  const { folderId } = useParams({ from: '/shell/spaces/$spaceId/folders/$folderId' })
  const opened = useSpaceTree(space)
  const id = readNodeId(folderId)
  if (id === undefined) {
    return (
      <>
        <PageHeader title="No such folder" />
        <NothingHere />
      </>
    )
  }
  if (space.kind !== 'shared' && id === space.rootId) return <RootFolder space={space} />
  return <Subfolder key={id} space={space} opened={opened} id={id} />
}

interface SubfolderProps {
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly id: NodeId
}

/** A folder below the root, whose way up must be known. */
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
          {space.kind === 'shared' ? (
            <Link to="/shared">Go to what is shared with you</Link>
          ) : (
            <Link to="/spaces/$spaceId" params={{ spaceId: space.id }}>
              Go to {space.name}
            </Link>
          )}
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
  if (!node.isReadable) return <ClosedFolder name={node.name} />
  const trashed = [...ancestors, node].find(({ trashedAt }) => trashedAt !== null)
  if (trashed) return <TrashedFolder space={space} editor={opened.editor} node={trashed} />
  return (
    <FileList
      space={space}
      opened={opened}
      folder={node}
      lead={
        <Breadcrumbs
          space={space}
          opened={opened}
          path={ancestors.map((crumb) => nameRoot(crumb, space))}
        />
      }
    />
  )
}

/** The root folder goes by the name of its space. */
function nameRoot(node: Node, space: SeenSpace) {
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
