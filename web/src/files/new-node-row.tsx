import { freeName, nameKey } from '@cloudsync/crdt'
import type { Node } from '@cloudsync/protocol'
import { useMemo } from 'react'
import { FileIcon } from './file-icon.tsx'
import { NameInput } from './name-input.tsx'
import { takenNames } from './taken-names.ts'
import styles from './file-grid.module.css'

export interface NewNodeRowProps {
  readonly kind: 'text' | 'folder'
  readonly siblings: readonly Node[]
  readonly onDone: (name: string) => void
  readonly onCancel: () => void
}

const names = { text: 'Untitled.md', folder: 'New folder' } as const
const labels = { text: 'Name of the new document', folder: 'Name of the new folder' } as const

/** A document or a folder that is being named before it exists. */
export function NewNodeRow({ kind, siblings, onDone, onCancel }: NewNodeRowProps) {
  const isTaken = useMemo(() => takenNames(siblings), [siblings])
  const initial = freeName(names[kind], (name) => isTaken(nameKey(name)))
  return (
    <div role="row" className={`${styles.row} ${styles.draft}`}>
      <div role="rowheader" className={styles.name}>
        <FileIcon name={initial} kind={kind} />
        <NameInput
          label={labels[kind]}
          initial={initial}
          isTaken={isTaken}
          onDone={onDone}
          onCancel={onCancel}
        />
      </div>
    </div>
  )
}
