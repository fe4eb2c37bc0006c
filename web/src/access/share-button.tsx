import type { NodeId } from '@cloudsync/protocol'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { errorLine } from '../api/describe-error.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { useTreeNode } from '../tree/tree-context.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { toasts } from '../ui/toast-list.ts'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import type { SeenSpace } from './seen-space.ts'

const ShareDialog = lazyPart(async () => (await import('./share-dialog.tsx')).ShareDialog)

export interface ShareButtonProps {
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly nodeId: NodeId
}

/** Opens the dialog of who has access to what a page shows. */
export function ShareButton({ space, opened, nodeId }: ShareButtonProps) {
  const isPhone = useMediaQuery(phoneQuery)
  const [isOpen, setIsOpen] = useState(false)
  const node = useTreeNode(opened.tree, nodeId)
  const open = () => {
    setIsOpen(true)
    // The tree may not know the root of a space, which nothing lists.
    opened.tree.loadNode(nodeId).catch((error: unknown) => {
      setIsOpen(false)
      toasts.show(errorLine(error), { tone: 'error' })
    })
  }
  const icon = <UserPlus size={16} aria-hidden />
  return (
    <>
      {isPhone ? (
        <IconButton label="Share" aria-haspopup="dialog" onClick={open}>
          {icon}
        </IconButton>
      ) : (
        <Button icon={icon} aria-haspopup="dialog" onClick={open}>
          Share
        </Button>
      )}
      {isOpen && node && (
        <ShareDialog node={node} space={space} opened={opened} onClose={() => setIsOpen(false)} />
      )}
    </>
  )
}
