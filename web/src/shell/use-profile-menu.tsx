import { useNavigate } from '@tanstack/react-router'
import { Keyboard, LogOut, ShieldCheck, UserCog } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useMe, useServices } from '../app/services.tsx'
import { forgetKeptUploads } from '../uploads/kept-upload-keys.ts'
import { lazyPart } from '../ui/lazy-part.tsx'
import type { MenuItem } from '../ui/menu-items.ts'
import { applyTheme, readTheme, themes, type Theme } from './theme.ts'

const SignOutDialog = lazyPart(async () => (await import('./sign-out-dialog.tsx')).SignOutDialog)

const themeNames: Readonly<Record<Theme, string>> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
}

/** The items of the profile menu, and the dialog that one of them may open. */
export function useProfileMenu(onShortcuts: () => void): {
  readonly items: () => readonly MenuItem[]
  readonly dialog: ReactNode
} {
  const me = useMe()
  const { session } = useServices()
  const navigate = useNavigate()
  const [unsentFiles, setUnsentFiles] = useState(0)
  const [theme, setTheme] = useState(readTheme)

  async function signOut() {
    const { countUnsentFiles } = await import('../live/kept-documents.ts')
    const count = await countUnsentFiles(me.id)
    if (count > 0) setUnsentFiles(count)
    else await leave()
  }

  async function leave() {
    const { forgetCleanDocuments } = await import('../live/kept-documents.ts')
    // The page is taken down with the session; what it had open is closed by then.
    await session.signOut()
    forgetKeptUploads(me.id)
    await forgetCleanDocuments(me.id)
  }

  const items = (): readonly MenuItem[] => [
    { kind: 'heading', title: me.name, subtitle: me.email },
    { kind: 'separator' },
    {
      kind: 'action',
      label: 'Profile and security',
      icon: <UserCog size={16} aria-hidden />,
      onSelect: () => void navigate({ to: '/account' }),
    },
    ...(me.isAdmin || me.isAuditor
      ? ([
          {
            kind: 'action',
            label: 'Administration',
            icon: <ShieldCheck size={16} aria-hidden />,
            onSelect: () => void navigate({ to: '/admin/$', params: { _splat: 'users' } }),
          },
        ] as const)
      : []),
    { kind: 'separator' },
    {
      kind: 'choice',
      label: 'Theme',
      value: theme,
      options: themes.map((value) => ({ value, label: themeNames[value] })),
      onChange: (value) => {
        const chosen = themes.find((known) => known === value) ?? 'system'
        applyTheme(chosen)
        setTheme(chosen)
      },
    },
    { kind: 'separator' },
    {
      kind: 'action',
      label: 'Keyboard shortcuts',
      icon: <Keyboard size={16} aria-hidden />,
      shortcut: '?',
      onSelect: onShortcuts,
    },
    {
      kind: 'action',
      label: 'Sign out',
      icon: <LogOut size={16} aria-hidden />,
      onSelect: () => void signOut(),
    },
  ]
  const dialog = unsentFiles > 0 && (
    <SignOutDialog
      fileCount={unsentFiles}
      onConfirm={() => void leave()}
      onClose={() => setUnsentFiles(0)}
    />
  )
  return { items, dialog }
}
