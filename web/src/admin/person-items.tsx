import type { AdminUser } from '@cloudsync/protocol'
import {
  Glasses,
  KeyRound,
  Laptop,
  LogOut,
  ShieldMinus,
  ShieldOff,
  ShieldPlus,
  Terminal,
  UserCheck,
  UserX,
  type LucideIcon,
} from 'lucide-react'
import type { MenuItem } from '../ui/menu-items.ts'

export type InstallationRole = 'administrator' | 'auditor' | 'none'

export interface PersonActions {
  readonly sessions: () => void
  readonly tokens: () => void
  readonly reset: () => void
  readonly removeFactor: () => void
  readonly setRole: (role: InstallationRole) => void
  readonly signOut: () => void
  readonly deactivate: () => void
  readonly reactivate: () => void
}

export interface PersonItemsOptions {
  readonly isMe: boolean
  readonly mayChange: boolean
}

/** What can be done with an account, by who looks at it. */
export function personItems(
  user: AdminUser,
  actions: PersonActions,
  { isMe, mayChange }: PersonItemsOptions,
): readonly MenuItem[] {
  if (user.isDeactivated && mayChange) return [item('Let in again', UserCheck, actions.reactivate)]
  const looks = [
    item('Sessions', Laptop, actions.sessions),
    ...(user.kind === 'service' ? [item('Tokens', Terminal, actions.tokens)] : []),
  ]
  if (!mayChange) return looks
  const signOut = item('Sign out everywhere', LogOut, actions.signOut)
  if (isMe) return [...looks, signOut]
  return [
    ...looks,
    ...(user.kind === 'person' ? [signOut] : []),
    ...credentialItems(user, actions),
    { kind: 'separator' },
    ...roleItems(user, actions),
    { kind: 'separator' },
    { ...item('Deactivate', UserX, actions.deactivate), isDangerous: true },
  ]
}

function credentialItems(user: AdminUser, actions: PersonActions): MenuItem[] {
  if (user.kind === 'service') return []
  return [
    item('Reset the password', KeyRound, actions.reset),
    ...(user.hasTotp || user.hasPasskeys
      ? [item('Take second factors away', ShieldOff, actions.removeFactor)]
      : []),
  ]
}

function roleItems(user: AdminUser, actions: PersonActions): MenuItem[] {
  const role = roleOf(user)
  return [
    ...(role === 'administrator'
      ? []
      : [item('Make an administrator', ShieldPlus, () => actions.setRole('administrator'))]),
    ...(role === 'auditor'
      ? []
      : [item('Make an auditor', Glasses, () => actions.setRole('auditor'))]),
    ...(role === 'none'
      ? []
      : [item('Make an ordinary account', ShieldMinus, () => actions.setRole('none'))]),
  ]
}

function roleOf({ isAdmin, isAuditor }: AdminUser): InstallationRole {
  if (isAdmin) return 'administrator'
  return isAuditor ? 'auditor' : 'none'
}

function item(label: string, Icon: LucideIcon, onSelect: () => void) {
  return { kind: 'action', label, icon: <Icon size={16} aria-hidden />, onSelect } as const
}
