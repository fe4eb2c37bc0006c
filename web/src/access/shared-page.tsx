import { Link } from '@tanstack/react-router'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { UserRoundCheck, UserRoundX } from 'lucide-react'
import { useState } from 'react'
import { listShared } from '../api/access-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { describeKind } from '../details/describe-kind.ts'
import { FileIcon } from '../files/file-icon.tsx'
import { formatExactTime, formatTime } from '../files/format.ts'
import { GridSkeleton } from '../files/file-grid.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { addressOf } from '../tree/node-address.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { useNow } from '../ui/use-now.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { sharedKey } from './use-give-up.ts'
import styles from './share.module.css'
import { showHidden } from '../ui/show-hidden.ts'

const GiveUpDialog = lazyPart(async () => (await import('./give-up-dialog.tsx')).GiveUpDialog)

/** What others have shared with this person, node by node. */
export function SharedPage() {
  const shared = useShared()
  const nodes = shared.data?.pages.flatMap((page): readonly Node[] => page.items) ?? []
  const showsSkeleton = useDelayed(shared.isPending, 200)
  const [leaving, setLeaving] = useState<Node>()
  usePageTitle('Shared with me')
  return (
    <>
      <PageHeader title="Shared with me" />
      {shared.isPending && showsSkeleton && <GridSkeleton />}
      {shared.isError && nodes.length === 0 && (
        <ErrorState error={shared.error} onRetry={() => void shared.refetch()} />
      )}
      {shared.isSuccess && nodes.length === 0 && !shared.hasNextPage && (
        <EmptyState
          title="Nothing is shared with you yet"
          hint="A file or folder that somebody shares with you shows up here. What belongs to a space that you are in stays in that space."
          picture={<UserRoundCheck size={32} aria-hidden className={styles.lock} />}
        />
      )}
      {(nodes.length > 0 || shared.hasNextPage) && (
        // It scrolls, so that keys must reach it.
        <div className={styles.scroller} tabIndex={0} role="region" aria-label="Shared with me">
          <ul>
            {nodes.map((node) => (
              <SharedRow key={node.id} node={node} onLeave={() => setLeaving(node)} />
            ))}
          </ul>
          {shared.hasNextPage && (
            <Button
              disabled={shared.isFetchingNextPage}
              onClick={() => void shared.fetchNextPage()}
            >
              Show more
            </Button>
          )}
        </div>
      )}
      {leaving && <GiveUpDialog node={leaving} onClose={() => setLeaving(undefined)} />}
    </>
  )
}

function useShared() {
  const { api } = useServices()
  return useInfiniteQuery({
    queryKey: sharedKey,
    queryFn: ({ pageParam, signal }) => listShared(api, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 0,
    // No feed tells of what is shared.
    refetchInterval: 10_000,
  })
}

function SharedRow({ node, onLeave }: { readonly node: Node; readonly onLeave: () => void }) {
  const now = useNow(60_000)
  const who = node.updatedBy ? ` by ${node.updatedBy.name}` : ''
  return (
    <li className={styles.shared}>
      <FileIcon name={node.name} kind={node.kind} mode={node.mode} />
      <span className={styles.person}>
        <Link to={addressOf(node)} className={styles.link} dir="auto" title={showHidden(node.name)}>
          {showHidden(node.name)}
        </Link>
        <span className={styles.detail} title={formatExactTime(node.updatedAt)}>
          {describeKind(node)} · changed {formatTime(node.updatedAt, now)}
          {who}
        </span>
      </span>
      <IconButton label={`Give up access to ${node.name}`} onClick={onLeave}>
        <UserRoundX size={16} aria-hidden />
      </IconButton>
    </li>
  )
}
