import {
  ClipboardPaste,
  Copy,
  CopyPlus,
  Download,
  ExternalLink,
  Eye,
  FilePlus,
  FolderInput,
  FolderOpen,
  FolderPlus,
  History,
  Info,
  Link2,
  Pencil,
  Scissors,
  Trash2,
  UserPlus,
  type LucideIcon,
} from 'lucide-react'
import { isMac } from '../ui/is-mac.ts'
import type { MenuItem } from '../ui/menu-items.ts'
import { formatShortcut, type Shortcut } from '../ui/shortcut.ts'
import { fileActions, isOffered, type FileAction } from './file-actions.ts'
import type { FileCommands } from './file-commands.ts'

const icons: Readonly<Record<string, LucideIcon>> = {
  open: FolderOpen,
  'open-in-tab': ExternalLink,
  'quick-look': Eye,
  share: UserPlus,
  download: Download,
  versions: History,
  'copy-link': Link2,
  details: Info,
  rename: Pencil,
  move: FolderInput,
  'copy-to': CopyPlus,
  duplicate: Copy,
  cut: Scissors,
  copy: Copy,
  trash: Trash2,
  'new-document': FilePlus,
  'new-folder': FolderPlus,
  paste: ClipboardPaste,
}

/** The actions of some groups as a menu. */
export function fileMenuItems(
  commands: FileCommands,
  groups: readonly FileAction['group'][],
): readonly MenuItem[] {
  const items: MenuItem[] = []
  for (const group of groups) {
    const actions = fileActions.filter((a) => a.group === group && isOffered(a, commands))
    if (actions.length > 0 && items.length > 0) items.push({ kind: 'separator' })
    items.push(...actions.map((action) => menuItem(action, commands)))
  }
  return items
}

function menuItem(action: FileAction, commands: FileCommands): MenuItem {
  const [shortcut] = action.shortcuts
  const Icon = icons[action.id]
  return {
    kind: 'action',
    label: action.label(commands),
    ...(Icon ? { icon: <Icon size={16} aria-hidden /> } : {}),
    ...(shortcut === undefined ? {} : { shortcut: nameOf(shortcut) }),
    isDangerous: action.isDangerous === true,
    onSelect: () => action.run(commands),
  }
}

function nameOf(shortcut: Shortcut): string {
  return shortcut === ' ' ? 'Space' : formatShortcut(shortcut, isMac)
}
