import { useQuery } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { useServices } from '../app/services.tsx'
import { roleNames } from '../files/space-role.ts'
import { useAncestors } from '../tree/tree-context.tsx'
import type { OpenTree } from '../tree/space-trees.ts'
import { describeSource } from './describe-source.ts'
import { formatDay } from './expiry.ts'
import type { SeenSpace } from './seen-space.ts'
import { accessQuery } from './use-abilities.ts'

export interface YourAccessProps {
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly node: Node
}

/** What the person may do with a node, and from where they have it. */
export function YourAccess({ space, opened, node }: YourAccessProps) {
  const { api } = useServices()
  const isOwner = space.role === 'owner'
  const { data } = useQuery({ ...accessQuery(api, node.id), enabled: !isOwner })
  const ancestors = useAncestors(opened.tree, node.id)
  if (isOwner) return <>Owner of the space</>
  if (!data) return <>–</>
  const context = {
    nodeId: node.id,
    rootId: space.rootId,
    spaceName: space.name,
    nameOf: (id: string) => ancestors.find((folder) => folder.id === id)?.name,
  }
  return (
    <>
      {roleNames[data.role]}
      {data.sources.map((source) => (
        <small key={source.grantId}>
          {describeSource(source, context)}
          {source.expiresAt !== null && `, until ${formatDay(source.expiresAt)}`}
        </small>
      ))}
    </>
  )
}
