import { Link } from '@tanstack/react-router'
import { ChevronsUpDown, Plus, X } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useMe } from '../app/services.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { IconButton } from '../ui/button.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { Logo } from '../ui/logo.tsx'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import { useProfileMenu } from './use-profile-menu.tsx'
import styles from './sidebar.module.css'

const SpaceSidebar = lazy(async () => ({
  default: (await import('./space-sidebar.tsx')).SpaceSidebar,
}))
const CreateSpaceDialog = lazy(async () => ({
  default: (await import('./create-space-dialog.tsx')).CreateSpaceDialog,
}))

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

  function onKeyDown(event: KeyboardEvent) {
    if (isPhone && event.key === 'Escape') onClose()
  }

  return (
    <>
      {isPhone && isOpen && <div className={styles.scrim} onClick={onClose} aria-hidden />}
      <div
        ref={sidebar}
        className={styles.sidebar}
        data-open={isOpen || undefined}
        inert={!isShown}
        onKeyDown={onKeyDown}
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
          <Suspense>
            <SpaceSidebar />
          </Suspense>
        </nav>
        <Profile onShortcuts={onShortcuts} />
      </div>
      {isCreating && (
        <Suspense>
          <CreateSpaceDialog onClose={() => setIsCreating(false)} />
        </Suspense>
      )}
    </>
  )
}

function Profile({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const me = useMe()
  const { items, dialog } = useProfileMenu(onShortcuts)
  return (
    <div className={styles.profile}>
      <MenuButton
        label={`Profile of ${me.name}`}
        look="plain"
        side="top"
        className={styles.profileButton}
        items={items}
      >
        <Avatar name={me.name} color={me.color} />
        <span className={styles.profileName}>{me.name}</span>
        <ChevronsUpDown size={14} aria-hidden />
      </MenuButton>
      {dialog}
    </div>
  )
}
