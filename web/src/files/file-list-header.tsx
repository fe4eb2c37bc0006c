import type { Node, Space } from '@cloudsync/protocol'
import { FilePlus, Trash2, Upload, Users, X } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { PageHeader } from '../shell/page-header.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import { FilePicker, type PickedFile } from './file-picker.tsx'
import { canEdit } from './space-role.ts'
import styles from './file-list-header.module.css'

const MembersDialog = lazy(async () => ({
  default: (await import('../shell/members-dialog.tsx')).MembersDialog,
}))

export interface FileListHeaderProps {
  readonly space: Space
  readonly selected: readonly Node[]
  readonly onNew: () => void
  readonly onFiles: (files: readonly PickedFile[]) => void
  readonly onTrash: () => void
  readonly onClear: () => void
}

/** The title of a list, and what can be done with all of it, or with what is selected. */
export function FileListHeader(props: FileListHeaderProps) {
  const { space, selected } = props
  const [showsMembers, setShowsMembers] = useState(false)
  return (
    <PageHeader title={space.name}>
      {selected.length > 1 ? (
        <SelectionActions {...props} />
      ) : (
        <>
          {!canEdit(space.role) && <span className={styles.note}>Read-only</span>}
          {space.kind === 'team' && (
            <IconButton label="Members" onClick={() => setShowsMembers(true)}>
              <Users size={16} aria-hidden />
            </IconButton>
          )}
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

function SelectionActions({ space, selected, onTrash, onClear }: FileListHeaderProps) {
  return (
    <div className={styles.selection} role="toolbar" aria-label="Selected files">
      <span role="status">{selected.length} selected</span>
      {canEdit(space.role) && (
        <Button variant="quiet" icon={<Trash2 size={16} aria-hidden />} onClick={onTrash}>
          Move to trash
        </Button>
      )}
      <IconButton label="Clear the selection" onClick={onClear}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  )
}

function AddActions({ onNew, onFiles }: FileListHeaderProps) {
  const isPhone = useMediaQuery(phoneQuery)
  return (
    <>
      <FilePicker onFiles={onFiles}>
        {(pick) =>
          isPhone ? (
            <IconButton label="Upload files" onClick={pick}>
              <Upload size={18} aria-hidden />
            </IconButton>
          ) : (
            <Button icon={<Upload size={16} aria-hidden />} onClick={pick}>
              Upload
            </Button>
          )
        }
      </FilePicker>
      <Button
        variant="primary"
        icon={<FilePlus size={16} aria-hidden />}
        onClick={onNew}
        aria-keyshortcuts="n"
      >
        {isPhone ? 'New' : 'New document'}
      </Button>
    </>
  )
}
