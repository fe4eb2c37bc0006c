import { Link } from '@tanstack/react-router'
import type { Node } from '@cloudsync/protocol'
import type { SeenSpace } from '../access/seen-space.ts'
import { useAbilities } from '../access/use-abilities.ts'
import { PageHeader } from '../shell/page-header.tsx'
import type { LazyEditor } from '../tree/lazy-editor.ts'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'

export interface TrashedFolderProps {
  readonly space: SeenSpace
  readonly editor: LazyEditor
  /** The folder, or the one above it that was trashed. */
  readonly node: Node
}

/** A folder in the trash: nothing of it is shown before it is brought back. */
export function TrashedFolder({ space, editor, node }: TrashedFolderProps) {
  const { may } = useAbilities(space, node.id)
  usePageTitle(node.name)
  return (
    <>
      <PageHeader title={node.name} />
      <EmptyState
        title={`${node.name} is in the trash`}
        hint={`It is kept there for ${space.trashDays ?? 30} days, with all that is in it.`}
      >
        {may.canTake && (
          <Button
            variant="primary"
            onClick={() => void editor.do({ kind: 'restore', ids: [node.id] })}
          >
            Bring it back
          </Button>
        )}
        {space.kind !== 'shared' && (
          <Link to="/spaces/$spaceId/trash" params={{ spaceId: space.id }}>
            Open the trash
          </Link>
        )}
      </EmptyState>
    </>
  )
}
