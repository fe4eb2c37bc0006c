import { useQuery } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { isApiError } from '../api/api-error.ts'
import { findByPath, listAncestors } from '../api/endpoints.ts'
import { readContent } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { placeOf } from './link-place.ts'

/** What stands where a symbolic link leads. */
export type LinkEnd =
  | { readonly kind: 'node'; readonly node: Node }
  | { readonly kind: 'itself' | 'nothing' | 'outside' }
  /** Whoever was given a part of a space does not see where in it the part lies. */
  | { readonly kind: 'unknown' }

/** The target of a symbolic link, and what stands there as soon as that is known. */
export function useLinkTarget(link: Node) {
  const { api } = useServices()
  const target = useQuery({
    queryKey: ['link target', link.id, link.sha256],
    queryFn: async () => (await readContent(api, link.id)).text(),
    gcTime: 60_000,
  })
  const end = useQuery({
    queryKey: ['link end', link.id, link.parentId, target.data],
    queryFn: ({ signal }) => findEnd(api, link, target.data ?? '', signal),
    enabled: target.data !== undefined,
    // What it leads to may be moved, or come, while the link is looked at.
    refetchInterval: 30_000,
  })
  return { target: target.data, isUnreadable: target.isError, end: end.data }
}

async function findEnd(
  api: ApiClient,
  link: Node,
  target: string,
  signal: AbortSignal,
): Promise<LinkEnd> {
  const [root, ...folders] = await listAncestors(api, link.id, signal)
  if (root?.parentId !== null) return { kind: 'unknown' }
  const folderNames = folders.map(({ name }) => name)
  const place = placeOf(target, folderNames)
  if (place.kind === 'outside') return place
  try {
    const node = await findByPath(api, link.spaceId, place.names, signal)
    return node.id === link.id ? { kind: 'itself' } : { kind: 'node', node }
  } catch (error) {
    if (isApiError(error, 'not_found') || isApiError(error, 'forbidden')) return { kind: 'nothing' }
    throw error
  }
}
