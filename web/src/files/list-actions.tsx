import type { Node, NodeId } from '@cloudsync/protocol'
import { Info, Users } from 'lucide-react'
import { useState } from 'react'
import type { SeenSpace } from '../access/seen-space.ts'
import { ShareButton } from '../access/share-button.tsx'
import type { OpenTree } from '../tree/space-trees.ts'
import type { DroppedEntries } from '../uploads/dropped-entries.ts'
import { IconButton } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { ActionKeys } from './action-keys.ts'
import type { FileCommands } from './file-commands.ts'
import { AddActions, SelectionActions } from './file-list-toolbar.tsx'
import styles from './file-list.module.css'

const MembersDialog = lazyPart(
  async () => (await import('../access/members-dialog.tsx')).MembersDialog,
)
const FolderPeople = lazyPart(async () => (await import('./folder-people.tsx')).FolderPeople)

export interface ListActionsProps {
  readonly space: SeenSpace
  readonly folder: { readonly id: NodeId }
  readonly opened: OpenTree
  /** The folder is out of this person's sight by now. */
  readonly isGone: boolean
  readonly isReadOnly: boolean
  readonly commands: FileCommands
  readonly selected: readonly Node[]
  readonly showsPeople: boolean
  readonly showsDetails: boolean
  readonly onFiles: (entries: DroppedEntries) => void
}

/** What can be done with all of a list, or with what is selected, beside its title; and the keys that do it. */
export function ListActions(props: ListActionsProps) {
  return (
    <>
      <ActionKeys commands={props.commands} />
      {props.selected.length > 1 ? (
        <SelectionActions {...props} />
      ) : (
        <WholeListActions {...props} />
      )}
    </>
  )
}

function WholeListActions(props: ListActionsProps) {
  const { space, folder, opened, commands, isGone } = props
  const may = commands.mayInFolder
  const [showsMembers, setShowsMembers] = useState(false)
  return (
    <>
      {props.showsPeople && (
        <FolderPeople
          key={`${folder.id} ${isGone}`}
          folderId={folder.id}
          onChildren={space.kind === 'shared' ? opened.tree.refreshSoon : undefined}
        />
      )}
      {props.isReadOnly && <span className={styles.note}>Read-only</span>}
      {space.kind === 'team' && !may.canShare && (
        <IconButton label="Members" onClick={() => setShowsMembers(true)}>
          <Users size={16} aria-hidden />
        </IconButton>
      )}
      {may.canShare && <ShareButton space={space} opened={opened} nodeId={folder.id} />}
      {!isGone && (
        <IconButton
          label="Details"
          aria-pressed={props.showsDetails}
          aria-keyshortcuts="i"
          onClick={commands.showDetails}
        >
          <Info size={16} aria-hidden />
        </IconButton>
      )}
      {may.canCreate && <AddActions {...props} />}
      {showsMembers && space.kind === 'team' && (
        <MembersDialog space={space} onClose={() => setShowsMembers(false)} />
      )}
    </>
  )
}
