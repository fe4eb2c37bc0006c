import type { MouseEventHandler, ReactNode } from 'react'
import styles from './side-panel.module.css'

export interface PanelLayoutProps {
  readonly children: ReactNode
  /** Stands beside, while there is one. */
  readonly panel: ReactNode
  readonly onContextMenu?: MouseEventHandler
}

/** The content of a page, which makes room for a panel. */
export function PanelLayout({ children, panel, onContextMenu }: PanelLayoutProps) {
  return (
    <div className={styles.body}>
      <div className={styles.content} onContextMenu={onContextMenu}>
        {children}
      </div>
      {panel}
    </div>
  )
}

/** Keeps the place of a panel whose code is on its way. */
export function PanelPlace() {
  return <div className={styles.place} />
}
