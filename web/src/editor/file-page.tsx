import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiError, isApiError } from '../api/api-error.ts'
import { readNodeId } from '../files/node-id.ts'
import { useNode } from '../files/use-node.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { LiveFile } from './live-file.tsx'
import type { NodeId } from '@cloudsync/protocol'

const OtherFile = lazyPart(async () => (await import('./other-file.tsx')).OtherFile)
const TrashedFile = lazyPart(async () => (await import('./trashed-file.tsx')).TrashedFile)
const DraftBanner = lazyPart(async () => (await import('./draft-banner.tsx')).DraftBanner)
const NoAccess = lazyPart(async () => (await import('../access/no-access.tsx')).NoAccess)

export function FilePage() {
  const params = useParams({ from: '/shell/files/$nodeId' })
  const nodeId = readNodeId(params.nodeId)
  if (nodeId === undefined) return <MissingFile error={new ApiError('not_found')} />
  return <KnownFile key={nodeId} nodeId={nodeId} />
}

function KnownFile({ nodeId }: { readonly nodeId: NodeId }) {
  const node = useNode(nodeId)
  usePageTitle(node.data?.name)
  // A text that is open stays in sight when it goes to the trash or is replaced by bytes that are no
  // text: there may be words to rescue.
  const [wasOpen, setWasOpen] = useState(false)
  const isOpen = node.data?.kind === 'text' && node.data.trashedAt === null
  if (isOpen && !wasOpen) setWasOpen(true)
  if (node.data && (isOpen || wasOpen)) {
    return <LiveFile node={node.data} onLeave={() => setWasOpen(false)} />
  }
  if (node.data && isApiError(node.error, 'not_found')) return <LostFile name={node.data.name} />
  if (node.data?.trashedAt != null) return <TrashedFile node={node.data} />
  if (node.data) return <OtherFile node={node.data} />
  if (node.isError) {
    return <MissingFile error={node.error} nodeId={nodeId} onRetry={() => void node.refetch()} />
  }
  return <PageHeader title="" />
}

function LostFile({ name }: { readonly name: string }) {
  return (
    <>
      <PageHeader title={name} />
      <NoAccess name={name} />
    </>
  )
}

interface MissingFileProps {
  readonly error: unknown
  readonly nodeId?: NodeId
  readonly onRetry?: () => void
}

function MissingFile({ error, nodeId, onRetry }: MissingFileProps) {
  const title = isApiError(error, 'not_found') ? 'No such file' : 'File'
  usePageTitle(title)
  return (
    <>
      <PageHeader title={title} />
      {nodeId && <DraftBanner nodeId={nodeId} />}
      <ErrorState error={error} onRetry={onRetry} heading="h1">
        <Link to="/">Go to your files</Link>
      </ErrorState>
    </>
  )
}
