import { useNavigate } from '@tanstack/react-router'
import type { Node } from '@cloudsync/protocol'
import { Download, Ellipsis, History, Link2, Pencil, Trash2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useFileAbilities } from '../access/use-file-abilities.ts'
import { FilePath } from '../files/file-path.tsx'
import { downloadNode } from '../files/download-node.ts'
import { NameInput } from '../files/name-input.tsx'
import type { OpenTree } from '../tree/space-trees.ts'
import { useNodeTree } from '../tree/use-node-tree.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { IconButton } from '../ui/button.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import type { MenuItem } from '../ui/menu-items.ts'
import { toasts } from '../ui/toast-list.ts'
import { writeClipboard } from '../ui/write-clipboard.ts'
import { useOpenFile } from './file-context.ts'
import { SaveIndicator } from './save-indicator.tsx'

const PeopleHere = lazyPart(async () => (await import('./people-here.tsx')).PeopleHere)
const ShareButton = lazyPart(async () => (await import('../access/share-button.tsx')).ShareButton)

/** Where the focus goes when the panel closes. */
export const versionsButtonId = 'versions-button'
const menuButtonId = 'file-menu-button'

export interface FileHeaderProps {
  readonly showsVersions: boolean
  readonly onToggleVersions: () => void
}

export function FileHeader({ showsVersions, onToggleVersions }: FileHeaderProps) {
  const { node, live, snapshot } = useOpenFile()
  // The field hides what the file is called by now: this is what the person has seen.
  const [seenName, setSeenName] = useState<string>()
  const items = useFileMenu(() => setSeenName(node.name))
  const rename = useRename()
  const opened = useNodeTree(node)
  const { space, may } = useFileAbilities(node)
  useFocusAfter(seenName !== undefined)
  return (
    <PageHeader
      lead={<FilePath node={node} />}
      title={
        seenName === undefined ? (
          node.name
        ) : (
          <NameInput
            label={`New name of ${seenName}`}
            initial={seenName}
            isTaken={() => false}
            onDone={(name) => {
              setSeenName(undefined)
              if (name !== seenName) rename(seenName, name)
            }}
            onCancel={() => setSeenName(undefined)}
          />
        )
      }
      status={<SaveIndicator save={snapshot.save} isPersistent={snapshot.isPersistent} />}
    >
      {live && <PeopleHere live={live} />}
      {may.canShare && space && opened && (
        <ShareButton space={space} opened={opened} nodeId={node.id} />
      )}
      <IconButton
        id={versionsButtonId}
        label="Versions"
        aria-pressed={showsVersions}
        onClick={onToggleVersions}
      >
        <History size={16} aria-hidden />
      </IconButton>
      <MenuButton id={menuButtonId} label="File actions" align="end" items={items}>
        <Ellipsis size={16} aria-hidden />
      </MenuButton>
    </PageHeader>
  )
}

/** The field of the name is gone with the focus: it goes back to where the renaming began. */
function useFocusAfter(isRenaming: boolean) {
  const wasRenaming = useRef(isRenaming)
  useEffect(() => {
    const isLost = document.activeElement === document.body
    if (wasRenaming.current && !isRenaming && isLost) {
      document.querySelector<HTMLElement>(`#${menuButtonId}`)?.focus()
    }
    wasRenaming.current = isRenaming
  }, [isRenaming])
}

function useRename() {
  const { node } = useOpenFile()
  const opened = useNodeTree(node)
  return (from: string, to: string) =>
    void opened?.editor.do({ kind: 'rename', id: node.id, from, to })
}

function useFileMenu(onRename: () => void): () => readonly MenuItem[] {
  const { node, snapshot } = useOpenFile()
  const { mayMove } = useFileAbilities(node)
  const trash = useTrash()
  const read: MenuItem[] = [
    {
      kind: 'action',
      label: 'Download',
      icon: <Download size={16} aria-hidden />,
      onSelect: () => downloadNode(node),
    },
    {
      kind: 'action',
      label: 'Copy link',
      icon: <Link2 size={16} aria-hidden />,
      onSelect: () =>
        void writeClipboard(new URL(`/files/${node.id}`, location.href).href).then(() =>
          toasts.show('The link is copied; whoever has access can open it'),
        ),
    },
  ]
  const change: MenuItem[] = [
    {
      kind: 'action',
      label: 'Rename',
      icon: <Pencil size={16} aria-hidden />,
      onSelect: onRename,
    },
    ...read,
    { kind: 'separator' },
    {
      kind: 'action',
      label: 'Move to trash',
      icon: <Trash2 size={16} aria-hidden />,
      isDangerous: true,
      onSelect: () => void trash(),
    },
  ]
  // A name and a place are the folder's to list as well.
  return () => (snapshot.canEdit && mayMove ? change : read)
}

function useTrash() {
  const { node } = useOpenFile()
  const opened = useNodeTree(node)
  const navigate = useNavigate()
  return async () => {
    const outcome = await opened?.editor.do({ kind: 'trash', ids: [node.id] })
    if (outcome?.done.length === 1) await navigate({ href: folderAddress(node, opened) })
  }
}

/** Of the folder that a file lies in. */
function folderAddress({ spaceId, parentId }: Node, opened: OpenTree | undefined): string {
  const isInRoot = parentId === null || parentId === opened?.tree.rootId
  return isInRoot ? `/spaces/${spaceId}` : `/spaces/${spaceId}/folders/${parentId}`
}
