import type { SeenSpace } from '../access/seen-space.ts'
import { ShareDialog } from '../access/share-dialog.tsx'
import { QuickLook } from '../preview/quick-look.tsx'
import { TargetDialog } from '../tree/target-dialog.tsx'
import { relocate } from '../tree/relocate.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import type { ListDialog, useFileList } from './use-file-list.ts'

export interface ListDialogsProps {
  readonly dialog: ListDialog
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly list: ReturnType<typeof useFileList>
  readonly onClose: () => void
}

/** What opens over a list of files. */
export function ListDialogs({ dialog, space, opened, list, onClose }: ListDialogsProps) {
  switch (dialog.kind) {
    case 'target':
      return (
        <TargetDialog
          mode={dialog.mode}
          nodes={dialog.nodes}
          space={space}
          onClose={onClose}
          onPick={(target) => {
            onClose()
            relocate(opened.editor, dialog.nodes, target, dialog.mode)
          }}
        />
      )
    case 'share':
      return <ShareDialog node={dialog.node} space={space} opened={opened} onClose={onClose} />
    case 'quickLook': {
      const [node] = list.commands.nodes
      if (!node) return null
      const index = list.nodes.findIndex(({ id }) => id === node.id)
      return (
        <QuickLook
          node={node}
          position={index + 1}
          count={list.nodes.length}
          onStep={(step) => {
            const next = list.nodes[index + step]
            if (next) list.select(next.id, 'replace')
          }}
          onOpen={() => list.commands.open(node)}
          onClose={onClose}
        />
      )
    }
  }
}
