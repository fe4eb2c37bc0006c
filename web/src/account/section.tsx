import { useId, type ReactNode } from 'react'
import styles from './account.module.css'

export interface SectionProps {
  readonly title: string
  readonly text?: string
  /** Beside the title. */
  readonly action?: ReactNode
  readonly children?: ReactNode
}

/** One thing that can be seen to on a page of settings. */
export function Section({ title, text, action, children }: SectionProps) {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <header className={styles.sectionHeader}>
        <div>
          <h2 id={id}>{title}</h2>
          {text !== undefined && <p>{text}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  )
}

export interface RowProps {
  readonly icon?: ReactNode
  readonly title: ReactNode
  readonly note?: ReactNode
  readonly badge?: string | undefined
  readonly children?: ReactNode
}

/** One of a list in a section, with what can be done with it. */
export function Row({ icon, title, note, badge, children }: RowProps) {
  return (
    <li className={styles.row}>
      {icon !== undefined && <span className={styles.rowIcon}>{icon}</span>}
      <div className={styles.rowText}>
        <span className={styles.rowTitle}>
          <span>{title}</span>
          {badge !== undefined && <span className={styles.badge}>{badge}</span>}
        </span>
        {note !== undefined && <span className={styles.rowNote}>{note}</span>}
      </div>
      {children}
    </li>
  )
}
