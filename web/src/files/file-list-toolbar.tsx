import { FilePlus, FolderInput, FolderPlus, Plus, Trash2, Upload, X } from 'lucide-react'
import { Button, IconButton } from '../ui/button.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import type { ListActionsProps } from './list-actions.tsx'
import { FilePicker } from './file-picker.tsx'
import styles from './file-list.module.css'

/** What can be done with several rows. */
export function SelectionActions({ selected, commands }: ListActionsProps) {
  const isPhone = useMediaQuery(phoneQuery)
  return (
    <div className={styles.selection} role="toolbar" aria-label="Selected files">
      <span role="status">{selected.length} selected</span>
      {commands.may.canTake && selected.every(({ isReadable }) => isReadable) && (
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

/** The ways to put something into the folder. */
export function AddActions({ commands, onFiles }: ListActionsProps) {
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
