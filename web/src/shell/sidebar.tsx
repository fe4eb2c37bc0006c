import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { IconButton } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { Logo } from '../ui/logo.tsx'
import { useLatest } from '../ui/use-latest.ts'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import styles from './sidebar.module.css'

const SidebarNav = lazyPart(async () => (await import('./sidebar-nav.tsx')).SidebarNav)
const Profile = lazyPart(async () => (await import('./profile.tsx')).Profile)

export interface SidebarProps {
  /** On a phone it lies over the page; elsewhere it is always there. */
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onShortcuts: () => void
}

export function Sidebar({ isOpen, onClose, onShortcuts }: SidebarProps) {
  const isPhone = useMediaQuery(phoneQuery)
  const sidebar = useRef<HTMLDivElement>(null)
  const isShown = !isPhone || isOpen
  useEffect(() => {
    if (isPhone && isOpen) sidebar.current?.querySelector<HTMLElement>('button, a')?.focus()
  }, [isPhone, isOpen])

  const close = useLatest(onClose)
  useEffect(() => {
    if (!isPhone || !isOpen) return undefined
    // Wherever the focus is: it lies over everything else.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) close.current()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [isPhone, isOpen, close])

  return (
    <>
      {isPhone && isOpen && <div className={styles.scrim} onClick={onClose} aria-hidden />}
      <div
        ref={sidebar}
        className={styles.sidebar}
        data-open={isOpen || undefined}
        inert={!isShown}
      >
        <div className={styles.brand}>
          <Link to="/" className={styles.home}>
            <Logo size={24} />
            <span aria-hidden>CloudSync</span>
          </Link>
          {isPhone && (
            <IconButton label="Close the sidebar" onClick={onClose}>
              <X size={18} aria-hidden />
            </IconButton>
          )}
        </div>
        <div className={styles.nav}>
          <SidebarNav />
        </div>
        <div className={styles.profile}>
          <Profile onShortcuts={onShortcuts} />
        </div>
      </div>
    </>
  )
}
