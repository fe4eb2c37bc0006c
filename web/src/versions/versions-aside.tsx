import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from '../ui/button.tsx'
import styles from './versions-panel.module.css'

/** The panel beside a file in which its versions stand. Escape closes it. */
export function VersionsAside({
  onClose,
  children,
}: {
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  return (
    <aside
      className={styles.panel}
      aria-label="Versions"
      onKeyDown={(event) => event.key === 'Escape' && !event.defaultPrevented && onClose()}
    >
      <header className={styles.header}>
        <h2>Versions</h2>
        <IconButton label="Close the versions" onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {children}
    </aside>
  )
}
