import { freeName, nameKey } from '@cloudsync/crdt'
import type { Node, NodeId, Space } from '@cloudsync/protocol'
import { FolderPlus } from 'lucide-react'
import { useState } from 'react'
import { useMe } from '../app/services.tsx'
import { NameInput } from '../files/name-input.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { describeNames } from './command-words.ts'
import { draftNode } from './draft-node.ts'
import { ExpandedFolders } from './expanded-folders.ts'
import { FolderTree } from './folder-tree.tsx'
import { findRelocationFault } from './relocation-fault.ts'
import type { OpenTree } from './space-trees.ts'
import { useTreeNode } from './tree-context.tsx'
import styles from './target-dialog.module.css'

export interface TargetDialogProps {
  readonly mode: 'move' | 'copy'
  readonly nodes: readonly Node[]
  readonly space: Space
  readonly opened: OpenTree
  readonly onPick: (folderId: NodeId) => void
  readonly onClose: () => void
}

const verbs = { move: 'Move', copy: 'Copy' } as const

/** Asks for the folder to move or copy into: the way that needs no dragging. */
export function TargetDialog({ mode, nodes, space, opened, onPick, onClose }: TargetDialogProps) {
  const { tree } = opened
  const start = nodes[0]?.parentId ?? space.rootId
  const [target, setTarget] = useState<NodeId>(start)
  const [expanded] = useState(() => openTo(opened, space, start))
  const targetName = useFolderName(opened, space, target)
  const fault = findRelocationFault(
    tree,
    nodes.map(({ id }) => id),
    target,
    mode,
  )
  const verb = verbs[mode]
  return (
    <Dialog
      title={`${verb} ${describeNames(nodes.map(({ name }) => name))}`}
      description={`Choose the folder where ${nodes.length === 1 ? 'it' : 'they'} should go.`}
      onClose={onClose}
    >
      <div className={styles.tree}>
        <FolderTree
          label="Folders"
          spaces={[space]}
          expanded={expanded}
          current={target}
          onPick={(_, id) => setTarget(id)}
          hasLinks={false}
        />
      </div>
      <NewFolder
        key={target}
        space={space}
        opened={opened}
        parentId={target}
        onMade={(id) => {
          expanded.set(target, true)
          setTarget(id)
        }}
      />
      <p className={styles.fault} role="status">
        {fault}
      </p>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" disabled={fault !== undefined} onClick={() => onPick(target)}>
          {verb} to {targetName}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function openTo({ tree }: OpenTree, space: Space, id: NodeId): ExpandedFolders {
  const expanded = new ExpandedFolders()
  expanded.add([space.rootId, ...tree.ancestors(id).map((node) => node.id), id])
  return expanded
}

function useFolderName({ tree }: OpenTree, space: Space, id: NodeId): string {
  const node = useTreeNode(tree, id)
  return id === space.rootId ? space.name : (node?.name ?? 'this folder')
}

interface NewFolderProps {
  readonly space: Space
  readonly opened: OpenTree
  readonly parentId: NodeId
  readonly onMade: (id: NodeId) => void
}

/** Makes a folder in the one that is chosen, and chooses it. */
function NewFolder({ space, opened, parentId, onMade }: NewFolderProps) {
  const me = useMe()
  const [isNaming, setIsNaming] = useState(false)
  const { tree, editor } = opened
  const names = new Set(tree.store.view(parentId, 'folders').nodes.map(({ name }) => nameKey(name)))
  if (!isNaming) {
    return (
      <Button
        variant="quiet"
        className={styles.add}
        icon={<FolderPlus size={16} aria-hidden />}
        onClick={() => setIsNaming(true)}
      >
        New folder here
      </Button>
    )
  }
  return (
    <NameInput
      label="Name of the new folder"
      initial={freeName('New folder', (name) => names.has(nameKey(name)))}
      isTaken={(name) => names.has(name)}
      onCancel={() => setIsNaming(false)}
      onDone={(name) => {
        setIsNaming(false)
        const draft = draftNode({
          spaceId: space.id,
          parentId,
          name,
          kind: 'folder',
          me,
          now: Date.now(),
        })
        void editor.do({ kind: 'create', nodes: [draft] })
        onMade(draft.id)
      }}
    />
  )
}
