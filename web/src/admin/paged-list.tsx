import type { Page } from '@cloudsync/protocol'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import styles from '../account/account.module.css'
import { errorLine } from '../api/describe-error.ts'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { useDelayed } from '../ui/use-delayed.ts'

export interface PagedListProps<T> {
  readonly label: string
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<T>>>
  /** Said where there is nothing. */
  readonly empty: string
  /** A row, with its key. */
  readonly children: (item: T) => ReactNode
}

/** A list that may be long, page by page. */
export function PagedList<T>({ label, query, empty, children }: PagedListProps<T>) {
  const isSlow = useDelayed(query.isPending, 200)
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  if (query.isError && !query.data)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  return (
    <>
      {isSlow && <Skeleton />}
      {query.isSuccess && items.length === 0 && <p className={styles.empty}>{empty}</p>}
      {items.length > 0 && (
        <ul className={styles.rows} aria-label={label} aria-busy={query.isPlaceholderData}>
          {items.map(children)}
        </ul>
      )}
      {query.isFetchNextPageError && (
        <p role="alert" className={styles.empty}>
          {errorLine(query.error)}
        </p>
      )}
      {query.hasNextPage && (
        <div className={styles.buttons}>
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
      <p className="visually-hidden" role="status">
        {query.data && `${label}: ${items.length}${query.hasNextPage ? ' and more' : ''}`}
      </p>
    </>
  )
}

function Skeleton() {
  return (
    <div className={styles.rows} aria-hidden>
      <div className={styles.skeleton} />
      <div className={styles.skeleton} />
      <div className={styles.skeleton} />
    </div>
  )
}
