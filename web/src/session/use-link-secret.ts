import { useLocation } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

/**
 * The secret of a link, from the fragment, which is sent and logged nowhere. It goes from the address bar, so
 * that it is neither bookmarked nor shown to who looks on.
 */
export function useLinkSecret(): string {
  const { hash } = useLocation()
  const [secret] = useState(hash)
  useEffect(() => {
    if (secret !== '') history.replaceState(history.state, '', location.pathname)
  }, [secret])
  return secret
}
