import type { AdminUser } from '@cloudsync/protocol'
import { MoreHorizontal } from 'lucide-react'
import styles from '../account/account.module.css'
import { useMe } from '../app/services.tsx'
import { formatTime } from '../files/format.ts'
import { Avatar } from '../ui/avatar.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { usePersonMenu } from './use-person-menu.tsx'

export interface PersonRowProps {
  readonly user: AdminUser
  readonly onTokens: () => void
}

export function PersonRow({ user, onTokens }: PersonRowProps) {
  const me = useMe()
  const { items, dialog } = usePersonMenu(user, onTokens)
  return (
    <li className={styles.row} data-off={user.isDeactivated || undefined}>
      <Avatar name={user.name} color={user.color} size={28} />
      <div className={styles.rowText}>
        <span className={styles.rowTitle}>
          <span dir="auto">
            {user.name}
            {user.id === me.id && ' (you)'}
          </span>
          <Badges user={user} />
        </span>
        <span className={styles.rowNote}>{describeUser(user)}</span>
      </div>
      <MenuButton label={`More for ${user.name}`} align="end" items={items}>
        <MoreHorizontal size={16} aria-hidden />
      </MenuButton>
      {dialog}
    </li>
  )
}

function Badges({ user }: { readonly user: AdminUser }) {
  return (
    <>
      {user.isAdmin && <span className={styles.badge}>Administrator</span>}
      {user.isAuditor && !user.isAdmin && <span className={styles.badge}>Auditor</span>}
      {user.kind === 'service' && <span className={styles.badge}>Service</span>}
      {user.hasTotp && (
        <span className={styles.badge} data-tone="ok">
          Two factors
        </span>
      )}
      {user.isDeactivated && <span className={styles.badge}>Deactivated</span>}
    </>
  )
}

function describeUser({ email, lastSeenAt }: AdminUser): string {
  return lastSeenAt === null
    ? `${email} · never seen`
    : `${email} · seen ${formatTime(lastSeenAt, Date.now())}`
}
