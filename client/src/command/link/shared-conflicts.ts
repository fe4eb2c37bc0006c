import type { CloudSyncClient, Conflict } from '../../sdk/index.ts'
import type { Link } from '../settings/links.ts'
import { RemotePaths } from '../settings/remote-paths.ts'

/** On the server, which all who see the file see; below the linked folder. */
export interface SharedConflict {
  /** Below the linked folder. */
  readonly path: string
  readonly conflict: Conflict
}

/** Those that wait for a decision, or with `isAll` those that are decided, too. */
export async function listSharedConflicts(
  client: CloudSyncClient,
  link: Link,
  { isAll, signal }: { readonly isAll: boolean; readonly signal?: AbortSignal },
): Promise<SharedConflict[]> {
  const paths = new RemotePaths(client, link)
  const found: SharedConflict[] = []
  const asked = { spaceId: link.spaceId, state: isAll ? 'all' : 'open' } as const
  for await (const conflict of client.conflicts.list(asked, signal && { signal })) {
    const path = await paths.findPath(conflict.nodeId)
    if (path) found.push({ path: path.join('/'), conflict })
  }
  return found
}
