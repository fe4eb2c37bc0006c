import type { Node } from '@cloudsync/protocol'
import { useEffect, useMemo } from 'react'
import { useSeenSpace } from '../access/use-seen-space.ts'
import type { OpenTree } from './space-trees.ts'
import { useTrees } from './tree-context.tsx'

/** The tree that a node is in, kept true while its page is open; undefined until its space is known. */
export function useNodeTree(node: Node): OpenTree | undefined {
  const trees = useTrees()
  const { space } = useSeenSpace(node.spaceId)
  const opened = useMemo(() => space && trees.get(space), [trees, space])
  useEffect(() => opened?.tree.follow(), [opened])
  useEffect(() => opened?.tree.store.put([node]), [opened, node])
  return opened
}
