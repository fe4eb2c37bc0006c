import { useSyncExternalStore } from 'react'
import { lazyPart } from './lazy-part.tsx'
import { toasts } from './toast-list.ts'
import styles from './toaster.module.css'

export const ToastCard = lazyPart(async () => (await import('./toast-card.tsx')).ToastCard)

export function Toaster() {
  const shown = useSyncExternalStore(toasts.subscribe, () => toasts.toasts)
  return (
    <div className={styles.list} role="status" aria-live="polite">
      {shown.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  )
}
