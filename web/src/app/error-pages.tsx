import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import { Button } from '../ui/button.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import styles from './error-pages.module.css'

export function MissingPage() {
  usePageTitle('Page not found')
  return (
    <main className={styles.page}>
      <h1>There is no such page</h1>
      <p>The address may be mistyped or from an older version.</p>
      <Link to="/">Go to your files</Link>
    </main>
  )
}

/** A fault of the page itself. Edits are kept by the open documents, not by what is drawn. */
export function CrashPage({ error }: ErrorComponentProps) {
  usePageTitle('Something went wrong')
  return (
    <main className={styles.page} role="alert">
      <h1>This page has failed</h1>
      <p>Edits that were made are kept on this device and on the server. Reload to go on.</p>
      <pre className={styles.detail}>{error instanceof Error ? error.message : String(error)}</pre>
      <Button variant="primary" onClick={() => location.reload()}>
        Reload
      </Button>
    </main>
  )
}
