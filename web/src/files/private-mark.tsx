import { Lock } from 'lucide-react'
import { closedReason } from './closed-folder.ts'
import styles from './file-grid.module.css'

/** Marks a private folder in a list: one's own, or one of others. */
export function PrivateMark({ isReadable }: { readonly isReadable: boolean }) {
  const words = isReadable ? 'Private folder' : closedReason
  return (
    <span className={styles.private} title={words}>
      <Lock size={12} aria-hidden />
      <span className="visually-hidden">{words}</span>
    </span>
  )
}
