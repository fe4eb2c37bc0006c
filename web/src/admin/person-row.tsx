import type { AdminUser, SecretLink } from '@cloudsync/protocol'
import {
  KeyRound,
  MoreHorizontal,
  ShieldMinus,
  ShieldOff,
  ShieldPlus,
  Terminal,
  UserCheck,
  UserX,
} from 'lucide-react'
import { useState, type ReactNode } from 'react'
import styles from '../account/account.module.css'
import { useAction } from '../account/use-action.ts'
import { makeResetLink, patchUser, removeSecondFactor } from '../api/admin-endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { formatTime } from '../files/format.ts'
import { Avatar } from '../ui/avatar.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import type { MenuItem } from '../ui/menu-items.ts'
import { toasts } from '../ui/toast-list.ts'
import { useRefreshAdmin } from './admin-queries.ts'
import { SecretLinkDialog } from './secret-link-dialog.tsx'

export interface PersonRowProps {
  readonly user: AdminUser
  readonly onTokens: () => void
}

type Open = { readonly kind: 'deactivate' } | { readonly kind: 'link'; readonly link: SecretLink }

export function PersonRow({ user, onTokens }: PersonRowProps) {
  const { api } = useServices()
  const me = useMe()
  const refresh = useRefreshAdmin()
  const action = useAction()
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)

  const change = (patch: { isDeactivated?: boolean; isAdmin?: boolean }, done: string) =>
    action.run(async () => {
      close()
      await patchUser(api, user.id, patch)
      toasts.show(done)
      await refresh()
    })
  const actions: PersonActions = {
    tokens: onTokens,
    reset: () =>
      void action.run(async () =>
        setOpen({ kind: 'link', link: await makeResetLink(api, user.id) }),
      ),
    removeFactor: () =>
      void action.run(async () => {
        await removeSecondFactor(api, user.id)
        toasts.show(`${user.name} signs in with the password alone`)
        await refresh()
      }),
    setAdmin: (isAdmin) =>
      void change(
        { isAdmin },
        isAdmin ? `${user.name} is an administrator now` : `${user.name} is no administrator now`,
      ),
    deactivate: () => setOpen({ kind: 'deactivate' }),
    reactivate: () => void change({ isDeactivated: false }, `${user.name} may sign in again`),
  }
  const isMe = user.id === me.id
  return (
    <li className={styles.row} data-off={user.isDeactivated || undefined}>
      <Avatar name={user.name} color={user.color} size={28} />
      <div className={styles.rowText}>
        <span className={styles.rowTitle}>
          <span dir="auto">
            {user.name}
            {isMe && ' (you)'}
          </span>
          <Badges user={user} />
        </span>
        <span className={styles.rowNote}>{describeUser(user)}</span>
      </div>
      {!isMe && (
        <MenuButton
          label={`More for ${user.name}`}
          align="end"
          items={() => itemsOf(user, actions)}
        >
          <MoreHorizontal size={16} aria-hidden />
        </MenuButton>
      )}
      {open?.kind === 'deactivate' && (
        <ConfirmDialog
          title={`Deactivate ${user.name}?`}
          text="All sessions and tokens end at once, and nobody signs in with this account until you let them in again. Files stay where they are."
          action="Deactivate"
          isDangerous
          onConfirm={() => void change({ isDeactivated: true }, `${user.name} is out`)}
          onClose={close}
        />
      )}
      {open?.kind === 'link' && (
        <SecretLinkDialog
          title={`New password for ${user.name}`}
          description="The link is on its way by mail, and works once, for an hour. You may hand it over yourself too."
          link={open.link.link}
          onClose={close}
        />
      )}
    </li>
  )
}

function Badges({ user }: { readonly user: AdminUser }) {
  return (
    <>
      {user.isAdmin && <span className={styles.badge}>Administrator</span>}
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

interface PersonActions {
  readonly tokens: () => void
  readonly reset: () => void
  readonly removeFactor: () => void
  readonly setAdmin: (isAdmin: boolean) => void
  readonly deactivate: () => void
  readonly reactivate: () => void
}

function itemsOf(user: AdminUser, actions: PersonActions): readonly MenuItem[] {
  if (user.isDeactivated)
    return [item('Let in again', <UserCheck size={16} aria-hidden />, actions.reactivate)]
  const ofKind =
    user.kind === 'service'
      ? [item('Tokens', <Terminal size={16} aria-hidden />, actions.tokens)]
      : [
          item('Reset the password', <KeyRound size={16} aria-hidden />, actions.reset),
          ...(user.hasTotp
            ? [
                item(
                  'Turn two factors off',
                  <ShieldOff size={16} aria-hidden />,
                  actions.removeFactor,
                ),
              ]
            : []),
        ]
  return [
    ...ofKind,
    user.isAdmin
      ? item('Make no administrator', <ShieldMinus size={16} aria-hidden />, () =>
          actions.setAdmin(false),
        )
      : item('Make an administrator', <ShieldPlus size={16} aria-hidden />, () =>
          actions.setAdmin(true),
        ),
    { kind: 'separator' },
    {
      ...item('Deactivate', <UserX size={16} aria-hidden />, actions.deactivate),
      isDangerous: true,
    },
  ]
}

function item(label: string, icon: ReactNode, onSelect: () => void) {
  return { kind: 'action', label, icon, onSelect } as const
}
