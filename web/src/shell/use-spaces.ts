import { useQuery } from '@tanstack/react-query'
import type { Space } from '@cloudsync/protocol'
import { listSpaces } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'

export const spacesKey = ['spaces'] as const

/** The spaces that this person is in: the personal one first, then by name. */
export function useSpaces() {
  const { api } = useServices()
  return useQuery({
    queryKey: spacesKey,
    queryFn: async ({ signal }) => (await listSpaces(api, signal)).toSorted(compareSpaces),
    // Somebody may be added to a space, or lose it, while the page is open.
    refetchInterval: 60_000,
  })
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

export function compareSpaces(a: Space, b: Space): number {
  return (
    Number(b.kind === 'personal') - Number(a.kind === 'personal') ||
    collator.compare(a.name, b.name) ||
    (a.id < b.id ? -1 : 1)
  )
}
