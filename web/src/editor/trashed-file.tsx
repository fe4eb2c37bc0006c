import { Link } from '@tanstack/react-router'
import type { Node } from '@cloudsync/protocol'
import { useFileAbilities } from '../access/use-file-abilities.ts'
import { useNodeTree } from '../tree/use-node-tree.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { DraftBanner } from './draft-banner.tsx'

/** A file in the trash: nothing of it is shown before it is brought back. */
export function TrashedFile({ node }: { readonly node: Node }) {
  const { space, may } = useFileAbilities(node)
  const opened = useNodeTree(node)
  return (
    <>
      <PageHeader title={node.name} />
      <DraftBanner nodeId={node.id} />
      <EmptyState
        title={`${node.name} is in the trash`}
        hint={`It is kept there for ${space?.trashDays ?? 30} days, with all its versions.`}
      >
        {may.canTake && (
          <Button
            variant="primary"
            onClick={() => void opened?.editor.do({ kind: 'restore', ids: [node.id] })}
          >
            Bring it back
          </Button>
        )}
        {space?.kind === 'shared' ? (
          <Link to="/shared">Go to what is shared with you</Link>
        ) : (
          <Link to="/spaces/$spaceId" params={{ spaceId: node.spaceId }}>
            Go to the folder
          </Link>
        )}
      </EmptyState>
    </>
  )
}
