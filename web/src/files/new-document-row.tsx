import { freeName, nameKey } from '@cloudsync/crdt'
import { FileIcon } from './file-icon.tsx'
import { NameInput } from './name-input.tsx'
import styles from './file-grid.module.css'

export interface NewDocumentRowProps {
  readonly isTaken: (key: string) => boolean
  readonly onDone: (name: string) => void
  readonly onCancel: () => void
}

/** A document that is being named before it exists. */
export function NewDocumentRow({ isTaken, onDone, onCancel }: NewDocumentRowProps) {
  const initial = freeName('Untitled.md', (name) => isTaken(nameKey(name)))
  return (
    <div role="row" className={`${styles.row} ${styles.draft}`}>
      <div role="rowheader" className={styles.name}>
        <FileIcon name={initial} kind="text" />
        <NameInput
          label="Name of the new document"
          initial={initial}
          isTaken={isTaken}
          onDone={onDone}
          onCancel={onCancel}
        />
      </div>
    </div>
  )
}
