import { FilePlus, Upload } from 'lucide-react'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useMediaQuery } from '../ui/use-media-query.ts'
import type { DroppedEntries } from '../uploads/dropped-entries.ts'
import { FilePicker } from './file-picker.tsx'
import styles from './empty-folder.module.css'

export interface EmptyFolderProps {
  readonly canEdit: boolean
  readonly onNew: () => void
  readonly onFiles: (entries: DroppedEntries) => void
}

export function EmptyFolder({ canEdit, onNew, onFiles }: EmptyFolderProps) {
  const canDrop = useMediaQuery('(pointer: fine)')
  if (!canEdit) {
    return <EmptyState title="Nothing here yet" hint="Files that others put here will show up." />
  }
  return (
    <EmptyState
      title={
        canDrop ? 'Drop files here, or start with a new document' : 'Start with a new document'
      }
      hint="Text files become live documents that several people can edit at once."
      picture={<Picture />}
    >
      <Button variant="primary" icon={<FilePlus size={16} aria-hidden />} onClick={onNew}>
        New document
      </Button>
      <FilePicker onFiles={onFiles}>
        {(pick) => (
          <Button icon={<Upload size={16} aria-hidden />} onClick={pick.files}>
            Upload files
          </Button>
        )}
      </FilePicker>
    </EmptyState>
  )
}

function Picture() {
  return (
    <svg className={styles.picture} viewBox="0 0 96 72" aria-hidden>
      <rect x="26" y="6" width="44" height="56" rx="5" />
      <path d="M36 22h24M36 31h24M36 40h14" />
      <path className={styles.caret} d="M56 37v7" />
      <path d="M12 60a6 6 0 0 0 6 6h60a6 6 0 0 0 6-6" strokeDasharray="4 4" />
    </svg>
  )
}
