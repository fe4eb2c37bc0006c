import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from './button.tsx'
import { toasts, type Toast } from './toast-list.ts'
import styles from './toaster.module.css'
import { showHidden } from './show-hidden.ts'

const shownMs = 8_000

/** Goes by itself, but not while somebody points at it or is in it. */
export function ToastCard({ toast }: { readonly toast: Toast }) {
  const [isHeld, setIsHeld] = useState(false)
  useEffect(() => {
    if (isHeld) return undefined
    const timer = setTimeout(() => toasts.dismiss(toast.id), shownMs)
    return () => clearTimeout(timer)
  }, [isHeld, toast.id])
  return (
    <div
      className={styles.toast}
      data-toast
      data-tone={toast.tone}
      onPointerEnter={() => setIsHeld(true)}
      onPointerLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
    >
      <span className={styles.text}>{showHidden(toast.text)}</span>
      {toast.action && (
        <button type="button" className={styles.action} onClick={() => toasts.runAction(toast.id)}>
          {toast.action.label}
        </button>
      )}
      <IconButton label="Dismiss" className={styles.close} onClick={() => toasts.dismiss(toast.id)}>
        <X size={14} aria-hidden />
      </IconButton>
    </div>
  )
}
