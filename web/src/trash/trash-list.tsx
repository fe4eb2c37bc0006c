import { useVirtualizer } from '@tanstack/react-virtual'
import type { Space, TrashItem } from '@cloudsync/protocol'
import { RotateCcw, Trash2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { FileIcon } from '../files/file-icon.tsx'
import { GridSkeleton } from '../files/file-grid.tsx'
import { formatTime } from '../files/format.ts'
import { canEdit } from '../files/space-role.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import { useNow } from '../ui/use-now.ts'
import { describeDaysLeft } from './days-left.ts'
import { useTrash } from './use-trash.ts'
import styles from './trash-list.module.css'
import { showHidden } from '../ui/show-hidden.ts'

const ConfirmDialog = lazyPart(async () => (await import('../ui/confirm-dialog.tsx')).ConfirmDialog)

type Question = { readonly kind: 'purge'; readonly item: TrashItem } | { readonly kind: 'empty' }

export function TrashList({ space }: { readonly space: Space }) {
  const trash = useTrash(space)
  const { query, items } = trash
  const [question, setQuestion] = useState<Question>()
  const isEditor = canEdit(space.role)
  const showsSkeleton = useDelayed(query.isPending, 200)
  return (
    <>
      <PageHeader title={`Trash of ${space.name}`}>
        {isEditor && items.length > 0 && (
          <Button
            icon={<Trash2 size={16} aria-hidden />}
            onClick={() => setQuestion({ kind: 'empty' })}
          >
            Empty the trash
          </Button>
        )}
      </PageHeader>
      {query.isPending && showsSkeleton && <GridSkeleton />}
      {query.isError && items.length === 0 && (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && items.length === 0 && (
        <EmptyState
          title="The trash is empty"
          hint={`What is moved to the trash stays here for ${space.trashDays} days, and can be brought back.`}
        />
      )}
      {items.length > 0 && (
        <TrashRows
          items={items}
          canEdit={isEditor}
          hasMore={query.hasNextPage}
          onMore={() => void query.fetchNextPage()}
          onRestore={(item) => void trash.restore([item])}
          onPurge={(item) => setQuestion({ kind: 'purge', item })}
        />
      )}
      {question && (
        <Confirmation
          question={question}
          onClose={() => setQuestion(undefined)}
          onConfirm={() => {
            setQuestion(undefined)
            void (question.kind === 'empty' ? trash.empty() : trash.purge([question.item]))
          }}
        />
      )}
    </>
  )
}

interface ConfirmationProps {
  readonly question: Question
  readonly onConfirm: () => void
  readonly onClose: () => void
}

function Confirmation({ question, onConfirm, onClose }: ConfirmationProps) {
  const text =
    question.kind === 'empty'
      ? 'Everything in the trash of this space is deleted, with all versions. This cannot be undone.'
      : `${question.item.node.name} is deleted with all its versions. This cannot be undone.`
  return (
    <ConfirmDialog
      title={question.kind === 'empty' ? 'Empty the trash?' : 'Delete for good?'}
      text={text}
      action={question.kind === 'empty' ? 'Empty the trash' : 'Delete for good'}
      isDangerous
      onConfirm={onConfirm}
      onClose={onClose}
    />
  )
}

interface TrashRowsProps {
  readonly items: readonly TrashItem[]
  readonly canEdit: boolean
  readonly hasMore: boolean
  readonly onMore: () => void
  readonly onRestore: (item: TrashItem) => void
  readonly onPurge: (item: TrashItem) => void
}

function TrashRows({
  items,
  canEdit: isEditor,
  hasMore,
  onMore,
  onRestore,
  onPurge,
}: TrashRowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const isPhone = useMediaQuery(phoneQuery)
  const now = useNow(60_000)
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isPhone ? 72 : 52),
    getItemKey: (index) => items[index]?.node.id ?? index,
    overscan: 8,
  })
  const rows = virtualizer.getVirtualItems()
  const isNearEnd = (rows.at(-1)?.index ?? 0) >= items.length - 20
  useEffect(() => {
    if (hasMore && isNearEnd) onMore()
  }, [hasMore, isNearEnd, onMore])
  return (
    // It scrolls, so that keys must reach it.
    <div ref={scroller} className={styles.scroller} tabIndex={0} role="region" aria-label="Trash">
      <ul className={styles.rows} style={{ height: virtualizer.getTotalSize() }}>
        {rows.map(({ index, start, size }) => {
          const item = items[index]
          return (
            item && (
              <li
                key={item.node.id}
                className={styles.row}
                style={{ transform: `translateY(${start}px)`, height: size }}
                aria-setsize={items.length}
                aria-posinset={index + 1}
              >
                <FileIcon name={item.node.name} kind={item.node.kind} mode={item.node.mode} />
                <span className={styles.body}>
                  <span className={styles.name} dir="auto" title={showHidden(item.node.name)}>
                    {showHidden(item.node.name)}
                  </span>
                  <span className={styles.detail}>{describe(item, now)}</span>
                </span>
                <span className={styles.left}>{describeDaysLeft(item.purgesAt, now)}</span>
                {isEditor && (
                  <span className={styles.actions}>
                    <Button
                      icon={<RotateCcw size={16} aria-hidden />}
                      aria-label={`Restore ${item.node.name}`}
                      onClick={() => onRestore(item)}
                    >
                      {isPhone ? '' : 'Restore'}
                    </Button>
                    <IconButton
                      label={`Delete ${item.node.name} for good`}
                      onClick={() => onPurge(item)}
                    >
                      <Trash2 size={16} aria-hidden />
                    </IconButton>
                  </span>
                )}
              </li>
            )
          )
        })}
      </ul>
    </div>
  )
}

function describe({ node, trashedBy, path }: TrashItem, now: number): string {
  const when = node.trashedAt === null ? undefined : formatTime(node.trashedAt, now)
  return [
    ...(path.length > 0 ? [`from ${path.join(' / ')}`] : []),
    ...(when === undefined ? [] : [when]),
    ...(trashedBy ? [`by ${trashedBy.name}`] : []),
  ].join(' · ')
}
