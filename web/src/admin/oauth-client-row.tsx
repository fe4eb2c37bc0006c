import type { OAuthClient } from '@cloudsync/protocol'
import { Blocks, Copy, KeyRound, MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Row } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import {
  patchOAuthClient,
  removeOAuthClient,
  renewClientSecret,
} from '../api/oauth-client-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import type { MenuItem } from '../ui/menu-items.ts'
import { toasts } from '../ui/toast-list.ts'
import { writeClipboard } from '../ui/write-clipboard.ts'
import { useMayChange } from './admin-page.tsx'
import { OAuthClientDialog } from './oauth-client-dialog.tsx'
import { clientKinds } from './oauth-client-kinds.ts'
import { useRefreshOAuthClients } from './oauth-clients-query.ts'
import { OAuthCredentialsDialog } from './oauth-credentials-dialog.tsx'

type Open =
  | { readonly kind: 'edit' | 'renew' | 'remove' }
  | { readonly kind: 'renewed'; readonly clientSecret: string }

const origins: Readonly<Record<OAuthClient['origin'], string | undefined>> = {
  built_in: 'Built in',
  admin: undefined,
  registration: 'Registered itself',
}

export function OAuthClientRow({ client }: { readonly client: OAuthClient }) {
  const { api } = useServices()
  const refresh = useRefreshOAuthClients()
  const action = useAction()
  const [open, setOpen] = useState<Open>()
  const mayChange = useMayChange()
  const close = () => setOpen(undefined)
  const { id, name, kind, origin } = client

  const renew = () =>
    action.run(async () =>
      setOpen({ kind: 'renewed', clientSecret: await renewClientSecret(api, id) }),
    )
  const remove = () =>
    action.run(async () => {
      close()
      await removeOAuthClient(api, id)
      toasts.show(`${name} is removed`)
      await refresh()
    })

  return (
    <Row
      icon={<Blocks size={20} aria-hidden />}
      title={<span dir="auto">{name}</span>}
      badge={origins[origin]}
      note={`${clientKinds[kind].label} · ${id}`}
    >
      <MenuButton
        label={`More for ${name}`}
        align="end"
        items={() =>
          mayChange ? itemsOf(client, (chosen) => setOpen({ kind: chosen })) : [copyItem(id)]
        }
      >
        <MoreHorizontal size={16} aria-hidden />
      </MenuButton>
      {open?.kind === 'edit' && (
        <OAuthClientDialog
          title={`Change ${name}`}
          action="Save"
          client={client}
          onSave={async ({ kind: _kind, ...patch }) => {
            await patchOAuthClient(api, id, patch)
            close()
            await refresh()
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'renew' && (
        <ConfirmDialog
          title={`New secret for ${name}?`}
          text="The one that it has stops working at once. Nobody is disconnected by that."
          action="Make a new secret"
          isBusy={action.isBusy}
          onConfirm={() => void renew()}
          onClose={close}
        />
      )}
      {open?.kind === 'renewed' && (
        <OAuthCredentialsDialog
          title={`New secret for ${name}`}
          clientId={id}
          clientSecret={open.clientSecret}
          onClose={close}
        />
      )}
      {open?.kind === 'remove' && (
        <ConfirmDialog
          title={`Remove ${name}?`}
          text="Everybody who has let it in is disconnected at once, and it cannot ask anybody any more."
          action="Remove"
          isDangerous
          isBusy={action.isBusy}
          onConfirm={() => void remove()}
          onClose={close}
        />
      )}
    </Row>
  )
}

function itemsOf(
  { id, kind, origin }: OAuthClient,
  open: (what: 'edit' | 'renew' | 'remove') => void,
): readonly MenuItem[] {
  const copy = copyItem(id)
  if (origin === 'built_in') return [copy]
  const renew: MenuItem = {
    kind: 'action',
    label: 'New secret',
    icon: <KeyRound size={16} aria-hidden />,
    onSelect: () => open('renew'),
  }
  return [
    {
      kind: 'action',
      label: 'Change',
      icon: <Pencil size={16} aria-hidden />,
      onSelect: () => open('edit'),
    },
    copy,
    ...(kind === 'web' ? [renew] : []),
    { kind: 'separator' },
    {
      kind: 'action',
      label: 'Remove',
      icon: <Trash2 size={16} aria-hidden />,
      isDangerous: true,
      onSelect: () => open('remove'),
    },
  ]
}

function copyItem(id: string): MenuItem {
  return {
    kind: 'action',
    label: 'Copy the client ID',
    icon: <Copy size={16} aria-hidden />,
    onSelect: () => void writeClipboard(id).then(() => toasts.show('Client ID copied')),
  }
}
