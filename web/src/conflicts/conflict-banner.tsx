import type { Node } from '@cloudsync/protocol'
import { useState } from 'react'
import { useNodeTree } from '../tree/use-node-tree.ts'
import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'

const ConflictDialog = lazyPart(async () => (await import('./conflict-dialog.tsx')).ConflictDialog)

export interface ConflictBannerProps {
  readonly node: Node
  readonly canEdit: boolean
}

/** Says on the page of a file that two have changed it, and lets a person decide. */
export function ConflictBanner({ node, canEdit }: ConflictBannerProps) {
  const opened = useNodeTree(node)
  const [isDeciding, setIsDeciding] = useState(false)
  return (
    <Banner tone="warn">
      <p>Two people changed this file at the same time.</p>
      {canEdit && (
        <Button disabled={!opened} onClick={() => setIsDeciding(true)}>
          Decide
        </Button>
      )}
      {isDeciding && opened && (
        <ConflictDialog node={node} opened={opened} onClose={() => setIsDeciding(false)} />
      )}
    </Banner>
  )
}
