import { ChevronsUpDown } from 'lucide-react'
import { useMe } from '../app/services.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { useProfileMenu } from './use-profile-menu.tsx'
import styles from './sidebar.module.css'

/** Who is signed in, with the menu of what concerns them. */
export function Profile({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const me = useMe()
  const { items, dialog } = useProfileMenu(onShortcuts)
  return (
    <>
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
    </>
  )
}
