import type { ReactNode } from 'react'
import { FileIcon } from '../files/file-icon.tsx'
import styles from './upload-panel.module.css'
import { showHidden } from '../ui/show-hidden.ts'

export interface UploadFrameProps {
  readonly folder: readonly string[]
  readonly name: string
  /** How it stands, below the name. */
  readonly children: ReactNode
  /** What can be done, at the end of the row. */
  readonly actions: ReactNode
}

/** The row of one file in the panel of uploads. */
export function UploadFrame({ folder, name, children, actions }: UploadFrameProps) {
  return (
    <li className={styles.row}>
      <FileIcon name={name} kind="text" />
      <div className={styles.body}>
        <span className={styles.name} dir="auto" title={showHidden([...folder, name].join('/'))}>
          {folder.length > 0 && (
            <span className={styles.folder}>{showHidden(`${folder.join('/')}/`)}</span>
          )}
          {showHidden(name)}
        </span>
        {children}
      </div>
      {actions}
    </li>
  )
}
