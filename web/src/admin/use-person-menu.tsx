import type { AdminUser, SecretLink } from '@cloudsync/protocol'
import { useNavigate } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { useAction } from '../account/use-action.ts'
import { useProven } from '../account/use-proven.tsx'
import {
  makeResetLink,
  patchUser,
  removeSecondFactor,
  signOutEverywhere,
} from '../api/admin-endpoints.ts'
import { useMe, useServices } from '../app/services.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import type { MenuItem } from '../ui/menu-items.ts'
import { toasts } from '../ui/toast-list.ts'
import { useMayChange } from './admin-page.tsx'
import { useRefreshAdmin } from './admin-queries.ts'
import { personItems, type InstallationRole, type PersonActions } from './person-items.tsx'
import { SecretLinkDialog } from './secret-link-dialog.tsx'
import { SignOutEverywhereDialog } from './sign-out-everywhere-dialog.tsx'

type Open =
  | { readonly kind: 'deactivate' | 'sign out' }
  | { readonly kind: 'link'; readonly link: SecretLink }

const roleWords: Readonly<Record<InstallationRole, string>> = {
  administrator: 'is an administrator now',
  auditor: 'is an auditor now',
  none: 'has an ordinary account now',
}

/** The menu of an account, and the dialog that one of its items may open. */
export function usePersonMenu(
  user: AdminUser,
  onTokens: () => void,
): { readonly items: () => readonly MenuItem[]; readonly dialog: ReactNode } {
  const { api } = useServices()
  const options = { isMe: user.id === useMe().id, mayChange: useMayChange() }
  const navigate = useNavigate()
  const refresh = useRefreshAdmin()
  const action = useAction()
  const proof = useProven()
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)

  const run = (work: () => Promise<unknown>, done: string) =>
    void action.run(async () => {
      close()
      await proof.run(work)
      toasts.show(`${user.name} ${done}`)
      await refresh()
    })
  const actions: PersonActions = {
    sessions: () =>
      void navigate({
        to: '/admin/$',
        params: { _splat: `sessions/${user.id}` },
      }),
    tokens: onTokens,
    reset: () =>
      void action.run(async () =>
        setOpen({ kind: 'link', link: await proof.run(() => makeResetLink(api, user.id)) }),
      ),
    removeFactor: () =>
      run(() => removeSecondFactor(api, user.id), 'has no second factor any more'),
    setRole: (role) =>
      run(
        () =>
          patchUser(api, user.id, {
            isAdmin: role === 'administrator',
            isAuditor: role === 'auditor',
          }),
        roleWords[role],
      ),
    signOut: () => setOpen({ kind: 'sign out' }),
    deactivate: () => setOpen({ kind: 'deactivate' }),
    reactivate: () =>
      run(() => patchUser(api, user.id, { isDeactivated: false }), 'may sign in again'),
  }
  const dialog = open && (
    <PersonDialog
      user={user}
      open={open}
      onSignOut={() => run(() => signOutEverywhere(api, user.id), 'is signed out everywhere')}
      onDeactivate={() => run(() => patchUser(api, user.id, { isDeactivated: true }), 'is out')}
      onClose={close}
    />
  )
  return {
    items: () => personItems(user, actions, options),
    dialog: (
      <>
        {dialog}
        {proof.dialog}
      </>
    ),
  }
}

interface PersonDialogProps {
  readonly user: AdminUser
  readonly open: Open
  readonly onSignOut: () => void
  readonly onDeactivate: () => void
  readonly onClose: () => void
}

function PersonDialog({ user, open, onSignOut, onDeactivate, onClose }: PersonDialogProps) {
  switch (open.kind) {
    case 'sign out':
      return <SignOutEverywhereDialog name={user.name} onConfirm={onSignOut} onClose={onClose} />
    case 'deactivate':
      return (
        <ConfirmDialog
          title={`Deactivate ${user.name}?`}
          text="All sessions and tokens end at once, and nobody signs in with this account until you let them in again. Files stay where they are."
          action="Deactivate"
          isDangerous
          onConfirm={onDeactivate}
          onClose={onClose}
        />
      )
    case 'link':
      return (
        <SecretLinkDialog
          title={`New password for ${user.name}`}
          description="The link is on its way by mail, and works once, for an hour. You may hand it over yourself too."
          link={open.link.link}
          onClose={onClose}
        />
      )
  }
}
