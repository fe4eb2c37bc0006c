import type { Node } from '@cloudsync/protocol'
import { useSyncExternalStore } from 'react'
import { useTrees } from '../tree/tree-context.tsx'
import type { Abilities } from './abilities.ts'
import type { SeenSpace } from './seen-space.ts'
import { useAbilities } from './use-abilities.ts'
import { useSeenSpace } from './use-seen-space.ts'

export interface FileAbilities {
  readonly space: SeenSpace | undefined
  readonly may: Abilities
  /** The server has said so. */
  readonly isKnown: boolean
  /** Rename it, and take it away: which changes the folder that it lies in, too. */
  readonly mayMove: boolean
}

/** What this person may do with the file of a page. */
export function useFileAbilities({ id, parentId, spaceId }: Node): FileAbilities {
  const { space } = useSeenSpace(spaceId)
  const trees = useTrees()
  // A file that was shared alone lies in a folder that is not asked for.
  const seesFolder = useSyncExternalStore(
    trees.subscribe,
    () => space?.kind !== 'shared' || (parentId !== null && trees.findNode(parentId) !== undefined),
  )
  const { may, isKnown } = useAbilities(space, id)
  const folder = useAbilities(space, seesFolder ? (parentId ?? undefined) : undefined)
  return { space, may, isKnown, mayMove: may.canTake && folder.may.canTake }
}
