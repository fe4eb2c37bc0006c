import { Upload } from 'lucide-react'
import styles from './file-list.module.css'

export interface DropHintProps {
  /** Where the files go, as a person calls it; undefined where they may not go. */
  readonly target: string | undefined
}

/** Lies over a pane while files from the desktop are held over it. */
export function DropHint({ target }: DropHintProps) {
  return (
    <div className={styles.overlay} aria-hidden>
      <p className={styles.hint}>
        <Upload size={16} />
        {target === undefined ? 'You may not add files here' : `Drop to upload to ${target}`}
      </p>
    </div>
  )
}
