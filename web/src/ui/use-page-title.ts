import { useEffect } from 'react'

/** Names the page in tabs, history and for screen readers. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? 'CloudSync' : `${title} – CloudSync`
  }, [title])
}
