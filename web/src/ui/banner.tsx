import type { ReactNode } from 'react'
import styles from './banner.module.css'

export interface BannerProps {
  readonly tone: 'neutral' | 'warn' | 'danger'
  readonly children: ReactNode
}

/** A strip under the header that says what is not as usual, with what can be done. */
export function Banner({ tone, children }: BannerProps) {
  return (
    <div className={styles.banner} data-tone={tone} role={tone === 'neutral' ? 'status' : 'alert'}>
      {children}
    </div>
  )
}
