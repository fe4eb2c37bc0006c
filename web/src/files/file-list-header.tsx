import type { Node, NodeId, Space } from '@cloudsync/protocol'
import {
  FolderInput,
  FolderPlus,
  FilePlus,
  Info,
  Plus,
  Trash2,
  Upload,
  Users,
  X,
} from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { PageHeader } from '../shell/page-header.tsx'
import type { OpenTree } from '../tree/space-trees.ts'
import type { DroppedEntries } from '../uploads/dropped-entries.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import { Breadcrumbs, type Crumb } from './breadcrumbs.tsx'
import type { FileCommands } from './file-commands.ts'
import { FilePicker } from './file-picker.tsx'
import { canEdit } from './space-role.ts'
import styles from './file-list-header.module.css'

const MembersDialog = lazy(async () => ({
  default: (await import('../shell/members-dialog.tsx')).MembersDialog,
}))
const FolderPeople = lazy(async () => ({
  default: (await import('./folder-people.tsx')).FolderPeople,
}))

export interface FileListHeaderProps {
  readonly space: Space
  readonly folder: { readonly id: NodeId; readonly name: string }
  readonly path: readonly Crumb[]
  readonly opened: OpenTree
  readonly commands: FileCommands
  readonly selected: readonly Node[]
  readonly showsPeople: boolean
  readonly showsDetails: boolean
  readonly onFiles: (entries: DroppedEntries) => void
}

/** The title of a list, and what can be done with all of it, or with what is selected. */
export function FileListHeader(props: FileListHeaderProps) {
  const { space, folder, path, opened, selected, commands } = props
  const [showsMembers, setShowsMembers] = useState(false)
  return (
    <PageHeader
      title={folder.name}
      lead={path.length > 0 ? <Breadcrumbs space={space} opened={opened} path={path} /> : undefined}
    >
      {selected.length > 1 ? (
        <SelectionActions {...props} />
      ) : (
        <>
          {props.showsPeople && (
            <Suspense>
              <FolderPeople key={folder.id} folderId={folder.id} />
            </Suspense>
          )}
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
      {showsMembers && (
        <Suspense>
          <MembersDialog space={space} onClose={() => setShowsMembers(false)} />
        </Suspense>
      )}
    </PageHeader>
  )
}

function SelectionActions({ space, selected, commands }: FileListHeaderProps) {
  const isPhone = useMediaQuery(phoneQuery)
  return (
    <div className={styles.selection} role="toolbar" aria-label="Selected files">
      <span role="status">{selected.length} selected</span>
      {canEdit(space.role) && (
        <>
          <Button
            variant="quiet"
            icon={<FolderInput size={16} aria-hidden />}
            onClick={() => commands.pickTarget('move', selected)}
          >
            {isPhone ? 'Move' : 'Move to…'}
          </Button>
          <Button
            variant="quiet"
            icon={<Trash2 size={16} aria-hidden />}
            onClick={() => commands.trash(selected)}
          >
            {isPhone ? 'Trash' : 'Move to trash'}
          </Button>
        </>
      )}
      <IconButton label="Clear the selection" onClick={commands.clear}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  )
}

function AddActions({ commands, onFiles }: FileListHeaderProps) {
  const isPhone = useMediaQuery(phoneQuery)
  return (
    <FilePicker onFiles={onFiles}>
      {(pick) => {
        const uploads = [
          {
            kind: 'action',
            label: 'Upload files',
            icon: <Upload size={16} aria-hidden />,
            onSelect: pick.files,
          },
          {
            kind: 'action',
            label: 'Upload a folder',
            icon: <FolderPlus size={16} aria-hidden />,
            onSelect: pick.folder,
          },
        ] as const
        const folder = {
          kind: 'action',
          label: 'New folder',
          icon: <FolderPlus size={16} aria-hidden />,
          onSelect: () => commands.startNaming('folder'),
        } as const
        const document = {
          kind: 'action',
          label: 'New document',
          icon: <FilePlus size={16} aria-hidden />,
          onSelect: () => commands.startNaming('text'),
        } as const
        if (isPhone) {
          return (
            <MenuButton
              label="Add"
              align="end"
              items={() => [document, folder, { kind: 'separator' }, uploads[0]]}
            >
              <Plus size={20} aria-hidden />
            </MenuButton>
          )
        }
        return (
          <>
            <MenuButton
              label="Upload"
              look="plain"
              align="end"
              className={styles.upload}
              items={() => uploads}
            >
              <Upload size={16} aria-hidden />
              Upload
            </MenuButton>
            <Button
              icon={<FolderPlus size={16} aria-hidden />}
              aria-keyshortcuts="Shift+N"
              onClick={folder.onSelect}
            >
              New folder
            </Button>
            <Button
              variant="primary"
              icon={<FilePlus size={16} aria-hidden />}
              aria-keyshortcuts="n"
              onClick={document.onSelect}
            >
              New document
            </Button>
          </>
        )
      }}
    </FilePicker>
  )
}
