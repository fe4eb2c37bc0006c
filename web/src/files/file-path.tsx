import type { Node } from '@cloudsync/protocol'
import { useSeenSpace } from '../access/use-seen-space.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { useAncestors } from '../tree/tree-context.tsx'
import { useNodeTree } from '../tree/use-node-tree.ts'
import { Breadcrumbs } from './breadcrumbs.tsx'

/** The way from a file's page up to its folder, and further. */
export function FilePath({ node }: { readonly node: Node }) {
  const opened = useNodeTree(node)
  return opened && <KnownPath node={node} opened={opened} />
}

function KnownPath({ node, opened }: { readonly node: Node; readonly opened: OpenTree }) {
  const { space } = useSeenSpace(node.spaceId)
  const ancestors = useAncestors(opened.tree, node.id)
  if (!space) return null
  if (space.kind === 'shared') return <Breadcrumbs space={space} opened={opened} path={ancestors} />
  const root = { id: space.rootId, name: space.name, parentId: null }
  // Until the folders in between are known, the root is a way out, too.
  const below = ancestors[0]?.id === space.rootId ? ancestors.slice(1) : []
  return <Breadcrumbs space={space} opened={opened} path={[root, ...below]} />
}
