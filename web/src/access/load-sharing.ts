import type { Grant, Node, NodeAccessReport } from '@cloudsync/protocol'
import { listGrants } from '../api/access-endpoints.ts'
import type { ApiClient } from '../api/api-client.ts'
import { isApiError } from '../api/api-error.ts'
import { listAncestors } from '../api/endpoints.ts'

/** A folder above whose grants count on a node, too. */
export interface InheritedFrom {
  readonly folder: Node
  /** Its owners alone: a private folder lies in between. */
  readonly ownersOnly: boolean
}

export interface InheritedGrants extends InheritedFrom {
  /** Undefined: this person may not be told. */
  readonly grants: readonly Grant[] | undefined
}

/** Who has access to a node, and from where. */
export interface Sharing {
  readonly access: NodeAccessReport
  /** On the node itself. */
  readonly direct: readonly Grant[]
  /** The nearest folder first. */
  readonly inherited: readonly InheritedGrants[]
  /** Folders above count that this person does not see. */
  readonly isCutOff: boolean
}

export async function loadSharing(
  api: ApiClient,
  node: Node,
  signal: AbortSignal,
): Promise<Sharing> {
  const { id } = node
  const [access, direct, ancestors] = await Promise.all([
    api.getJson<NodeAccessReport>(`/nodes/${id}/access`, signal),
    listGrants(api, id, signal),
    listAncestors(api, id, signal),
  ])
  const inherited = await Promise.all(
    inheritedFrom(ancestors, access.inherits).map(async (from) => ({
      ...from,
      grants: await findGrants(api, from, signal),
    })),
  )
  const isCutOff =
    access.inherits && [...ancestors, node].every((each) => each.inherits && !isRoot(each))
  return { access, direct: direct.items, inherited, isCutOff }
}

/** The folders above, the root first, whose grants count on what lies below them; the nearest first. */
export function inheritedFrom(
  ancestors: readonly Node[],
  inherits: boolean,
): readonly InheritedFrom[] {
  const start = inherits
    ? Math.max(
        0,
        ancestors.findLastIndex((folder) => !folder.inherits),
      )
    : ancestors.length
  const counting = ancestors
    .slice(start)
    .toReversed()
    .map((folder) => ({ folder, ownersOnly: false }))
  const [top] = ancestors
  return top && isRoot(top) && start > 0
    ? [...counting, { folder: top, ownersOnly: true }]
    : counting
}

function isRoot({ parentId }: Node): boolean {
  return parentId === null
}

async function findGrants(
  api: ApiClient,
  { folder, ownersOnly }: InheritedFrom,
  signal: AbortSignal,
): Promise<readonly Grant[] | undefined> {
  try {
    const { items } = await listGrants(api, folder.id, signal)
    return ownersOnly ? items.filter(({ role }) => role === 'owner') : items
  } catch (error) {
    if (isApiError(error, 'forbidden') || isApiError(error, 'not_found')) return undefined
    throw error
  }
}
