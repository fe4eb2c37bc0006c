import type { Space } from '@cloudsync/protocol'
import { describeUsage } from './describe-usage.ts'
import styles from './space-usage.module.css'

/** How full the space is, quietly, until there is something to do about it. */
export function SpaceUsage({ space }: { readonly space: Space }) {
  const { text, tone } = describeUsage(space)
  return (
    <p className={styles.usage} data-tone={tone}>
      {tone === 'danger' ? `The space is full: ${text}` : text}
    </p>
  )
}
