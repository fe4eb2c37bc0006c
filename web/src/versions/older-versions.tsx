import { Button } from '../ui/button.tsx'
import type { useVersions } from './versions-query.ts'

/** The way to the next page of a history, where there is one. */
export function OlderVersions({ versions }: { readonly versions: ReturnType<typeof useVersions> }) {
  if (!versions.hasNextPage) return null
  return (
    <Button
      variant="quiet"
      disabled={versions.isFetchingNextPage}
      onClick={() => void versions.fetchNextPage()}
    >
      Show older ones
    </Button>
  )
}
