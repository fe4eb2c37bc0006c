import { useEffect, useSyncExternalStore } from 'react'
import { UploadPanel } from './upload-panel.tsx'
import type { Uploads } from './uploads.ts'

/** The uploads of a page, as long as there are any; whoever leaves it is asked while some are under way. */
export function ShownUploads({ uploads }: { readonly uploads: Uploads }) {
  const { queue, interrupted } = uploads
  const isIdle = useSyncExternalStore(queue.subscribe, () => queue.uploads.length === 0)
  const isWhole = useSyncExternalStore(interrupted.subscribe, () => interrupted.list.length === 0)
  useEffect(() => () => uploads.leave(), [uploads])
  useEffect(() => {
    // Leaving the page would end what is under way: the browser asks first.
    const warn = (event: BeforeUnloadEvent) => {
      if (queue.isBusy) event.preventDefault()
    }
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [queue])
  if (isIdle && isWhole) return null
  return <UploadPanel uploads={uploads} />
}
