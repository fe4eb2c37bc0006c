import { Link } from '@tanstack/react-router'
import { Lock } from 'lucide-react'
import { PageHeader } from '../shell/page-header.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import styles from './share.module.css'

/** Stands where something was that this person may not see any more. */
export function NoAccess({ name }: { readonly name: string }) {
  return (
    <EmptyState
      role="alert"
      title={`You no longer have access to ${name}`}
      hint="It was taken back, has expired, or the folder was made private. Whoever shared it can share it again."
      picture={<Lock size={32} aria-hidden className={styles.lock} />}
    >
      <Link to="/shared">Go to what is shared with you</Link>
      <Link to="/">Go to your files</Link>
    </EmptyState>
  )
}

/** The page of a private folder of others. */
export function ClosedFolder({ name }: { readonly name: string }) {
  usePageTitle(name)
  return (
    <>
      <PageHeader title={name} />
      <EmptyState
        title={`${name} is a private folder`}
        hint="You see its name, because you may read the folder that it is in, and nothing else. Whoever keeps it can let you in by sharing it with you."
        picture={<Lock size={32} aria-hidden className={styles.lock} />}
      >
        <Link to="/">Go to your files</Link>
      </EmptyState>
    </>
  )
}
