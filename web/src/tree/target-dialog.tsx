import { freeName, nameKey } from '@cloudsync/crdt'
import type { Node, NodeId, Space } from '@cloudsync/protocol'
import { FolderPlus } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { SeenSpace } from '../access/seen-space.ts'
import { useMe } from '../app/services.tsx'
import { NameInput } from '../files/name-input.tsx'
import { canEdit } from '../files/space-role.ts'
import { useSpaces } from '../shell/use-spaces.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { describeNames } from './command-words.ts'
import { draftNode } from './draft-node.ts'
import { ExpandedFolders } from './expanded-folders.ts'
import { FolderTree } from './folder-tree.tsx'
import type { Target } from './relocate.ts'
import { findRelocationFault } from './relocation-fault.ts'
import type { SpaceTree } from './space-tree.ts'
import type { OpenTree } from './space-trees.ts'
import { useTreeNode, useTrees } from './tree-context.tsx'
import styles from './target-dialog.module.css'

export interface TargetDialogProps {
  readonly mode: 'move' | 'copy'
  readonly nodes: readonly Node[]
  /** Where the nodes are. */
  readonly space: SeenSpace
  readonly onPick: (target: Target) => void
  readonly onClose: () => void
}

const verbs = { move: 'Move', copy: 'Copy' } as const

/** Asks for the folder to move or copy into, in any space: the way that needs no dragging. */
export function TargetDialog(props: TargetDialogProps) {
  const spaces = useTargetSpaces()
  const [start] = useState(() => startPlace(props.nodes, props.space, spaces))
  if (start) return <KnownTargets {...props} spaces={spaces} start={start} />
  return (
    <Dialog
      title={`${verbs[props.mode]} ${describeNames(props.nodes.map((node) => node.name))}`}
      description="There is no folder that you may put anything into."
      onClose={props.onClose}
    >
      <DialogActions>
        <Button onClick={props.onClose}>Close</Button>
      </DialogActions>
    </Dialog>
  )
}

interface KnownTargetsProps extends TargetDialogProps {
  readonly spaces: readonly Space[]
  readonly start: Place
}

function KnownTargets({ mode, nodes, space, spaces, start, onPick, onClose }: KnownTargetsProps) {
  const trees = useTrees()
  const [place, setPlace] = useState(start)
  const [expanded] = useState(() => openTo(trees.get(place.space), place))
  const opened = trees.get(place.space)
  const name = useFolderName(opened.tree, place)
  const fault = findRelocationFault(
    opened.tree,
    nodes.map(({ id }) => id),
    place.folderId,
    mode,
  )
  const verb = verbs[mode]
  return (
    <Dialog
      title={`${verb} ${describeNames(nodes.map((node) => node.name))}`}
      description={`Choose the folder where ${nodes.length === 1 ? 'it' : 'they'} should go.`}
      onClose={onClose}
    >
      <div className={styles.tree}>
        <FolderTree
          label="Folders"
          spaces={spaces}
          expanded={expanded}
          current={place.folderId}
          onPick={(picked, folderId) => setPlace({ space: picked, folderId })}
          hasLinks={false}
        />
      </div>
      <NewFolder
        key={place.folderId}
        space={place.space}
        opened={opened}
        parentId={place.folderId}
        onMade={(folderId) => {
          expanded.set(place.folderId, true)
          setPlace({ ...place, folderId })
        }}
      />
      <p className={styles.fault} role="status">
        {fault ?? (place.space.id !== space.id && crossingNotes[mode](place.space))}
      </p>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          disabled={fault !== undefined}
          onClick={() => onPick({ tree: opened.tree, folderId: place.folderId })}
        >
          {verb} to {name}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

const crossingNotes = {
  move: ({ name }: Space) => `Only members of ${name} will see it.`,
  copy: ({ name }: Space) => `Members of ${name} will see the copy.`,
}

interface Place {
  readonly space: Space
  readonly folderId: NodeId
}

/** Those that the person may put something into. */
function useTargetSpaces(): readonly Space[] {
  const spaces = useSpaces().data
  return useMemo(() => spaces?.filter(({ role }) => canEdit(role)) ?? [], [spaces])
}

/** Where the nodes are or, when nothing can be put there, the first space. */
function startPlace(
  nodes: readonly Node[],
  space: SeenSpace,
  spaces: readonly Space[],
): Place | undefined {
  const [first] = spaces
  if (space.kind !== 'shared' && canEdit(space.role)) {
    return { space, folderId: nodes[0]?.parentId ?? space.rootId }
  }
  return first && { space: first, folderId: first.rootId }
}

function openTo({ tree }: OpenTree, { space, folderId }: Place): ExpandedFolders {
  const expanded = new ExpandedFolders()
  expanded.add([space.rootId, ...tree.ancestors(folderId).map((node) => node.id), folderId])
  return expanded
}

function useFolderName(tree: SpaceTree, { space, folderId }: Place): string {
  const node = useTreeNode(tree, folderId)
  return folderId === space.rootId ? space.name : (node?.name ?? 'this folder')
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
