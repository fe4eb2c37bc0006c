import { Menu } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from '../ui/button.tsx'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import { useShell } from './shell-context.ts'
import styles from './page-header.module.css'
import { showHidden } from '../ui/show-hidden.ts'

export interface PageHeaderProps {
  readonly title: ReactNode
  /** Before the title: where the page belongs. */
  readonly lead?: ReactNode
  /** After the title, before the actions. */
  readonly status?: ReactNode
  readonly children?: ReactNode
}

/** The bar at the top of every page. */
export function PageHeader({ title, lead, status, children }: PageHeaderProps) {
  const { openSidebar } = useShell()
  const isPhone = useMediaQuery(phoneQuery)
  const text = typeof title === 'string' ? showHidden(title) : undefined
  return (
    <header className={styles.header}>
      {isPhone && !lead && (
        <IconButton label="Open the sidebar" onClick={openSidebar}>
          <Menu size={18} aria-hidden />
        </IconButton>
      )}
      {lead}
      <div className={styles.heading}>
        {title !== '' && (
          <h1 className={styles.title} {...(text !== undefined && { dir: 'auto', title: text })}>
            {text ?? title}
          </h1>
        )}
        {status}
      </div>
      <div className={styles.actions}>{children}</div>
    </header>
  )
}
