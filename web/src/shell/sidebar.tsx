import { Link } from '@tanstack/react-router'
import { Plus, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { IconButton } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { Logo } from '../ui/logo.tsx'
import { useLatest } from '../ui/use-latest.ts'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import styles from './sidebar.module.css'

const SpaceSidebar = lazyPart(async () => (await import('./space-sidebar.tsx')).SpaceSidebar)
const Profile = lazyPart(async () => (await import('./profile.tsx')).Profile)
const CreateSpaceDialog = lazyPart(
  async () => (await import('./create-space-dialog.tsx')).CreateSpaceDialog,
)

export interface SidebarProps {
  /** On a phone it lies over the page; elsewhere it is always there. */
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onShortcuts: () => void
}

export function Sidebar({ isOpen, onClose, onShortcuts }: SidebarProps) {
  const isPhone = useMediaQuery(phoneQuery)
  const sidebar = useRef<HTMLDivElement>(null)
  const [isCreating, setIsCreating] = useState(false)
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
        <nav className={styles.nav} aria-label="Spaces">
          <div className={styles.heading}>
            <h2>Spaces</h2>
            <IconButton label="New team space" onClick={() => setIsCreating(true)}>
              <Plus size={16} aria-hidden />
            </IconButton>
          </div>
          <SpaceSidebar />
        </nav>
        <div className={styles.profile}>
          <Profile onShortcuts={onShortcuts} />
        </div>
      </div>
      {isCreating && <CreateSpaceDialog onClose={() => setIsCreating(false)} />}
    </>
  )
}
