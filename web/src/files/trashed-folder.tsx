import { Link } from '@tanstack/react-router'
import type { Node, Space } from '@cloudsync/protocol'
import { PageHeader } from '../shell/page-header.tsx'
import type { LazyEditor } from '../tree/lazy-editor.ts'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { canEdit } from './space-role.ts'

export interface TrashedFolderProps {
  readonly space: Space
  readonly editor: LazyEditor
  /** The folder, or the one above it that was trashed. */
  readonly node: Node
}

/** A folder in the trash: nothing of it is shown before it is brought back. */
export function TrashedFolder({ space, editor, node }: TrashedFolderProps) {
  usePageTitle(node.name)
  return (
    <>
      <PageHeader title={node.name} />
      <EmptyState
        title={`${node.name} is in the trash`}
        hint={`It is kept there for ${space.trashDays} days, with all that is in it.`}
      >
        {canEdit(space.role) && (
          <Button
            variant="primary"
            onClick={() => void editor.do({ kind: 'restore', ids: [node.id] })}
          >
            Bring it back
          </Button>
        )}
        <Link to="/spaces/$spaceId/trash" params={{ spaceId: space.id }}>
          Open the trash
        </Link>
      </EmptyState>
    </>
  )
}
