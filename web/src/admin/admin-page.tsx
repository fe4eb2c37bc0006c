import type { ReactNode } from 'react'
import styles from '../account/account.module.css'
import { useMe } from '../app/services.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'

export interface AdminPageProps {
  readonly title: string
  readonly children: ReactNode
}

/** The frame of a page of the administration. */
export function AdminPage({ title, children }: AdminPageProps) {
  const mayChange = useMayChange()
  usePageTitle(title)
  return (
    <>
      <PageHeader
        title={title}
        status={
          mayChange ? undefined : <span className={styles.badge}>You see, and change nothing</span>
        }
      />
      <div className={styles.page}>
        <div className={styles.column}>{children}</div>
      </div>
    </>
  )
}

/** Whether the person administers the installation; who audits it only looks. */
export function useMayChange(): boolean {
  return useMe().isAdmin
}
