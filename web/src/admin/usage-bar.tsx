import type { AdminSpace } from '@cloudsync/protocol'
import { describeUsage } from '../shell/describe-usage.ts'
import styles from './admin.module.css'

/** How full a space is, for the eye; the words beside it say the same. */
export function UsageBar({ space }: { readonly space: AdminSpace }) {
  const { usedBytes, quotaBytes } = space
  if (quotaBytes === null) return <span className={styles.usage} data-tone="none" aria-hidden />
  const share = Math.min(1, Math.max(0, usedBytes) / Math.max(1, quotaBytes))
  return (
    <span className={styles.usage} data-tone={describeUsage(space).tone} aria-hidden>
      <span style={{ width: `${share * 100}%` }} />
    </span>
  )
}
