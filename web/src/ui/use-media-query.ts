import { useMemo, useSyncExternalStore } from 'react'

export function useMediaQuery(query: string): boolean {
  const list = useMemo(() => matchMedia(query), [query])
  return useSyncExternalStore(
    (listener) => {
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => list.matches,
  )
}

export const phoneQuery = '(max-width: 640px)'
