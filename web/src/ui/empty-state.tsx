import type { ReactNode } from 'react'
import styles from './page-state.module.css'
import { showHidden } from './show-hidden.ts'

export interface EmptyStateProps {
  readonly title: string
  readonly hint: string
  readonly picture?: ReactNode
  /** `alert` where it has taken the place of what somebody was looking at. */
  readonly role?: 'alert'
  /** What can be done about it. */
  readonly children?: ReactNode
}

/** Stands where there is nothing to show: why, and what to do. */
export function EmptyState({ title, hint, picture, role, children }: EmptyStateProps) {
  return (
    <div className={styles.state} role={role}>
      {picture}
      <h2 className={styles.title}>{showHidden(title)}</h2>
      <p className={styles.hint}>{hint}</p>
      {children !== undefined && <div className={styles.actions}>{children}</div>}
    </div>
  )
}
