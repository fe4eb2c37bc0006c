import type { AdminSpace } from '@cloudsync/protocol'
import styles from '../account/account.module.css'
import { describeUsage } from '../shell/describe-usage.ts'

/** How full a space is, for the eye; the words beside it say the same. */
export function UsageBar({ space }: { readonly space: AdminSpace }) {
  const { usedBytes, quotaBytes } = space
  if (quotaBytes === null) return null
  const share = Math.min(1, Math.max(0, usedBytes) / Math.max(1, quotaBytes))
  return (
    <span className={styles.usage} data-tone={describeUsage(space).tone} aria-hidden>
      <span style={{ width: `${share * 100}%` }} />
    </span>
  )
}
