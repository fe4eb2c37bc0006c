import type { ReactNode } from 'react'
import { Logo } from '../ui/logo.tsx'
import styles from './entry-page.module.css'

/** The frame of the pages before somebody is signed in. */
export function EntryPage({
  title,
  children,
}: {
  readonly title: string
  readonly children: ReactNode
}) {
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Logo size={36} />
        <h1 className={styles.title}>{title}</h1>
        {children}
      </div>
    </main>
  )
}
