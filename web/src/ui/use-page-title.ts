import { useEffect } from 'react'
import { showHidden } from './show-hidden.ts'

/** Names the page in tabs, history and for screen readers. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? 'CloudSync' : `${showHidden(title)} – CloudSync`
  }, [title])
}
