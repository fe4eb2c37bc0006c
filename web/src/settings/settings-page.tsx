import { Link, useParams } from '@tanstack/react-router'
import type { Space } from '@cloudsync/protocol'
import { ApiError } from '../api/api-error.ts'
import { canManage } from '../files/space-role.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { useSpaces } from '../shell/use-spaces.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { SettingsForm } from './settings-form.tsx'
import styles from './settings-page.module.css'

/** What holds in a space, for who manages it. */
export function SettingsPage() {
  const { spaceId } = useParams({ from: '/shell/spaces/$spaceId/settings' })
  const spaces = useSpaces()
  const space = spaces.data?.find(({ id }) => id === spaceId)
  const title = space ? `Settings of ${space.name}` : 'Settings'
  const isSlow = useDelayed(spaces.isPending, 200)
  usePageTitle(title)
  return (
    <>
      <PageHeader title={title} />
      {isSlow && (
        <div className={styles.page} aria-hidden>
          <div className={styles.skeleton} />
          <div className={styles.skeleton} />
          <div className={styles.skeleton} />
        </div>
      )}
      {spaces.isError && !space && (
        <ErrorState error={spaces.error} onRetry={() => void spaces.refetch()} />
      )}
      {spaces.isSuccess && !space && (
        <ErrorState error={new ApiError('not_found')}>
          <Link to="/">Go to your files</Link>
        </ErrorState>
      )}
      {space && <Settings key={space.id} space={space} />}
    </>
  )
}

function Settings({ space }: { readonly space: Space }) {
  if (!canManage(space.role)) {
    return (
      <ErrorState error={new ApiError('forbidden')}>
        <Link to="/spaces/$spaceId" params={{ spaceId: space.id }}>
          Go to {space.name}
        </Link>
      </ErrorState>
    )
  }
  return (
    <div className={styles.page}>
      <SettingsForm space={space} />
    </div>
  )
}
