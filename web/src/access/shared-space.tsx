import { Link } from '@tanstack/react-router'
import type { SpaceId } from '@cloudsync/protocol'
import type { ReactNode } from 'react'
import { ApiError, isApiError } from '../api/api-error.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import type { SeenSpace } from './seen-space.ts'
import { useSeenSpace } from './use-seen-space.ts'

export interface SharedSpaceProps {
  readonly spaceId: string | undefined
  readonly children: (space: SeenSpace) => ReactNode
}

/** A page of a space of which this person is no member, but may have been given a part. */
export function SharedSpace({ spaceId, children }: SharedSpaceProps) {
  const { space, error, retry } = useSeenSpace(spaceId as SpaceId | undefined)
  const isMissing = isApiError(error, 'not_found') || isApiError(error, 'bad_request')
  usePageTitle(isMissing ? 'No such space' : undefined)
  if (space) return children(space)
  return (
    <>
      <PageHeader title={isMissing ? 'No such space' : ''} />
      {isMissing && <NothingHere />}
      {error !== undefined && !isMissing && <ErrorState error={error} onRetry={retry} />}
    </>
  )
}

export function NothingHere() {
  return (
    <ErrorState error={new ApiError('not_found')}>
      <Link to="/">Go to your files</Link>
    </ErrorState>
  )
}
