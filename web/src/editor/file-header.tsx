import { Link, useNavigate } from '@tanstack/react-router'
import { useQueryClient } from '@tanstack/react-query'
import type { Space } from '@cloudsync/protocol'
import {
  ChevronLeft,
  ChevronRight,
  Download,
  Ellipsis,
  History,
  Link2,
  Pencil,
  Trash2,
} from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { renameNode, restoreNode, trashNode } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'
import { dropListedNodes, putListedNode } from '../files/children-query.ts'
import { downloadNode } from '../files/download-node.ts'
import { NameInput } from '../files/name-input.tsx'
import { nodeKey } from '../files/use-node.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { IconButton } from '../ui/button.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import type { MenuItem } from '../ui/menu-items.ts'
import { toasts } from '../ui/toast-list.ts'
import { phoneQuery, useMediaQuery } from '../ui/use-media-query.ts'
import { writeClipboard } from '../ui/write-clipboard.ts'
import { useOpenFile } from './file-context.ts'
import { PeopleHere } from './people-here.tsx'
import { SaveIndicator } from './save-indicator.tsx'
import styles from './file-header.module.css'

/** Where the focus goes when the panel closes. */
export const versionsButtonId = 'versions-button'
const menuButtonId = 'file-menu-button'

export interface FileHeaderProps {
  readonly space: Space | undefined
  readonly showsVersions: boolean
  readonly onToggleVersions: () => void
}

export function FileHeader({ space, showsVersions, onToggleVersions }: FileHeaderProps) {
  const { node, live, snapshot } = useOpenFile()
  const [isRenaming, setIsRenaming] = useState(false)
  const items = useFileMenu(() => setIsRenaming(true))
  const rename = useRename()
  useFocusAfter(isRenaming)
  return (
    <PageHeader
      lead={space && <Lead space={space} />}
      title={
        isRenaming ? (
          <NameInput
            label={`New name of ${node.name}`}
            initial={node.name}
            isTaken={() => false}
            onDone={(name) => {
              setIsRenaming(false)
              if (name !== node.name) void rename(name)
            }}
            onCancel={() => setIsRenaming(false)}
          />
        ) : (
          node.name
        )
      }
      status={<SaveIndicator save={snapshot.save} isPersistent={snapshot.isPersistent} />}
    >
      {live && <PeopleHere live={live} />}
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

/** The way back to the folder. */
function Lead({ space }: { readonly space: Space }) {
  const isPhone = useMediaQuery(phoneQuery)
  const link = { to: '/spaces/$spaceId', params: { spaceId: space.id } } as const
  if (isPhone) {
    return (
      <Link {...link} className={styles.back} aria-label={`Back to ${space.name}`}>
        <ChevronLeft size={20} aria-hidden />
      </Link>
    )
  }
  return (
    <>
      <Link {...link} className={styles.crumb}>
        {space.name}
      </Link>
      <ChevronRight size={14} aria-hidden className={styles.separator} />
    </>
  )
}

function useRename() {
  const { node } = useOpenFile()
  const { api } = useServices()
  const queryClient = useQueryClient()
  return async (name: string) => {
    // At once; the answer, or the refusal, corrects it.
    queryClient.setQueryData(nodeKey(node.id), { ...node, name })
    try {
      const renamed = await renameNode(api, node.id, name)
      queryClient.setQueryData(nodeKey(node.id), renamed)
      await putListedNode(queryClient, renamed)
    } catch (error) {
      queryClient.setQueryData(nodeKey(node.id), node)
      toasts.show(`${node.name} was not renamed: ${errorLine(error)}`, { tone: 'error' })
    }
  }
}

function useFileMenu(onRename: () => void): () => readonly MenuItem[] {
  const { node, snapshot } = useOpenFile()
  const { api } = useServices()
  const trash = useTrash()
  const read: MenuItem[] = [
    {
      kind: 'action',
      label: 'Download',
      icon: <Download size={16} aria-hidden />,
      onSelect: () => void downloadNode(api, node),
    },
    {
      kind: 'action',
      label: 'Copy link',
      icon: <Link2 size={16} aria-hidden />,
      onSelect: () =>
        void writeClipboard(new URL(`/files/${node.id}`, location.href).href).then(() =>
          toasts.show('The link is copied; members of the space can open it'),
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
  return () => (snapshot.canEdit ? change : read)
}

function useTrash() {
  const { node } = useOpenFile()
  const { api } = useServices()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    try {
      await trashNode(api, node.id)
    } catch (error) {
      toasts.show(`${node.name} was not moved: ${errorLine(error)}`, { tone: 'error' })
      return
    }
    await navigate({ to: '/spaces/$spaceId', params: { spaceId: node.spaceId } })
    queryClient.removeQueries({ queryKey: nodeKey(node.id) })
    if (node.parentId) await dropListedNodes(queryClient, node.parentId, new Set([node.id]))
    toasts.show(`${node.name} moved to the trash`, {
      action: {
        label: 'Undo',
        run: () =>
          void restoreNode(api, node.id)
            .then((restored) => putListedNode(queryClient, restored))
            .catch((error: unknown) => toasts.show(errorLine(error), { tone: 'error' })),
      },
    })
  }
}
