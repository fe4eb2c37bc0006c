import type { Node, NodeId, Space } from '@cloudsync/protocol'
import { Info, Users } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { PageHeader } from '../shell/page-header.tsx'
import type { DroppedEntries } from '../uploads/dropped-entries.ts'
import { IconButton } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import type { FileCommands } from './file-commands.ts'
import { canEdit } from './space-role.ts'
import styles from './file-list-header.module.css'

const MembersDialog = lazyPart(
  async () => (await import('../shell/members-dialog.tsx')).MembersDialog,
)
const SelectionActions = lazyPart(
  async () => (await import('./file-list-toolbar.tsx')).SelectionActions,
)
const AddActions = lazyPart(async () => (await import('./file-list-toolbar.tsx')).AddActions)
const FolderPeople = lazyPart(async () => (await import('./folder-people.tsx')).FolderPeople)

export interface FileListHeaderProps {
  readonly space: Space
  readonly folder: { readonly id: NodeId; readonly name: string }
  /** The way up. */
  readonly lead: ReactNode
  readonly commands: FileCommands
  readonly selected: readonly Node[]
  readonly showsPeople: boolean
  readonly showsDetails: boolean
  readonly onFiles: (entries: DroppedEntries) => void
}

/** The title of a list, and what can be done with all of it, or with what is selected. */
export function FileListHeader(props: FileListHeaderProps) {
  const { space, folder, lead, selected, commands } = props
  const [showsMembers, setShowsMembers] = useState(false)
  return (
    <PageHeader title={folder.name} lead={lead}>
      {selected.length > 1 ? (
        <SelectionActions {...props} />
      ) : (
        <>
          {props.showsPeople && <FolderPeople key={folder.id} folderId={folder.id} />}
          {!canEdit(space.role) && <span className={styles.note}>Read-only</span>}
          {space.kind === 'team' && (
            <IconButton label="Members" onClick={() => setShowsMembers(true)}>
              <Users size={16} aria-hidden />
            </IconButton>
          )}
          <IconButton
            label="Details"
            aria-pressed={props.showsDetails}
            aria-keyshortcuts="i"
            onClick={commands.showDetails}
          >
            <Info size={16} aria-hidden />
          </IconButton>
          {canEdit(space.role) && <AddActions {...props} />}
        </>
      )}
      {showsMembers && <MembersDialog space={space} onClose={() => setShowsMembers(false)} />}
    </PageHeader>
  )
}
