import type { ReactNode } from 'react'
import { FileIcon } from '../files/file-icon.tsx'
import styles from './upload-panel.module.css'

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
        <span className={styles.name} dir="auto" title={[...folder, name].join('/')}>
          {folder.length > 0 && <span className={styles.folder}>{folder.join('/')}/</span>}
          {name}
        </span>
        {children}
      </div>
      {actions}
    </li>
  )
}
