import { useNavigate } from '@tanstack/react-router'
import type { Node, NodeId } from '@cloudsync/protocol'
import { useSyncExternalStore } from 'react'
import type { Abilities } from '../access/abilities.ts'
import type { SeenSpace } from '../access/seen-space.ts'
import { useMe } from '../app/services.tsx'
import { treeClipboard } from '../tree/clipboard.ts'
import type { LazyEditor } from '../tree/lazy-editor.ts'
import { addressOf, folderAddress } from '../tree/node-address.ts'
import { findRelocationFault } from '../tree/relocation-fault.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { useTrees } from '../tree/tree-context.tsx'
import { toasts } from '../ui/toast-list.ts'
import { writeClipboard } from '../ui/write-clipboard.ts'
import { downloadNode } from './download-node.ts'
import { rememberPlace } from './list-memory.ts'

export interface FolderPlace {
  readonly space: SeenSpace
  readonly folderId: NodeId
  readonly parentId: NodeId | null
  readonly opened: OpenTree
  /** What the person may do with the folder. */
  readonly may: Abilities
}

/** What can be done in a folder, apart from what concerns the list on the screen. */
export function useFileCommands({ space, folderId, parentId, opened, may }: FolderPlace) {
  const me = useMe()
  const trees = useTrees()
  const navigate = useNavigate()
  const clip = useSyncExternalStore(treeClipboard.subscribe, () => treeClipboard.clip)
  const { tree, editor } = opened

  function go(address: string) {
    void navigate({ href: address })
  }

  async function create(kind: 'text' | 'folder', name: string): Promise<void> {
    const { draftNode } = await import('../tree/draft-node.ts')
    const node = draftNode({
      spaceId: space.id,
      parentId: folderId,
      name,
      kind,
      me,
      now: Date.now(),
    })
    const { done } = await editor.do({ kind: 'create', nodes: [node] })
    if (kind === 'text' && done[0]) go(addressOf(done[0]))
  }

  function paste() {
    const source = clip && trees.find(clip.spaceId)
    if (!source) return
    const mode = clip.mode === 'cut' ? 'move' : 'copy'
    const fault = findRelocationFault(tree, clip.ids, folderId, mode)
    if (fault !== undefined) {
      toasts.show(`Not pasted. ${fault}`, { tone: 'error' })
      return
    }
    void import('../tree/relocate.ts').then(({ relocate }) =>
      relocate(editor, source.tree.store.nodes(clip.ids), { tree, folderId }, mode),
    )
    if (clip.mode === 'cut') treeClipboard.put(undefined)
  }

  return {
    mayInFolder: may,
    clip,
    parentId,
    create,
    paste,
    open: (node: Node) => (node.isReadable ? go(addressOf(node)) : void tellClosed(node)),
    openInTab: (node: Node) => void window.open(addressOf(node), '_blank', 'noopener'),
    showVersions: (node: Node) =>
      void navigate({
        to: '/files/$nodeId',
        params: { nodeId: node.id },
        search: { panel: 'versions' },
      }),
    download: (nodes: readonly Node[]) => nodes.forEach(downloadNode),
    copyLink: (node: Node) => void copyLink(node),
    clipNodes: (mode: 'cut' | 'copy', nodes: readonly Node[]) =>
      treeClipboard.put({ mode, spaceId: space.id, ids: nodes.map(({ id }) => id) }),
    duplicate: (nodes: readonly Node[]) =>
      void import('../tree/relocate.ts').then(({ relocate }) =>
        relocate(editor, nodes, { tree, folderId }, 'copy'),
      ),
    rename: (node: Node, name: string) =>
      void editor.do({ kind: 'rename', id: node.id, from: node.name, to: name }),
    trash: (nodes: readonly Node[]) =>
      void editor.do({ kind: 'trash', ids: nodes.map(({ id }) => id) }),
    undo: () => void undo(editor),
    redo: () => void redo(editor),
    goUp: () => {
      if (parentId === null) return
      rememberPlace(parentId, { focus: folderId })
      if (space.kind === 'shared' && !tree.store.node(parentId)) go('/shared')
      else go(parentId === space.rootId ? `/spaces/${space.id}` : folderAddress(space.id, parentId))
    },
  }
}

async function tellClosed({ name }: Node): Promise<void> {
  const closed = await import('./closed-folder.ts')
  closed.tellClosed(name)
}

async function copyLink(node: Node): Promise<void> {
  await writeClipboard(new URL(addressOf(node), location.href).href)
  toasts.show('The link is copied; whoever has access can open it')
}

async function undo(editor: LazyEditor): Promise<void> {
  if (await editor.undo()) return
  if (!toasts.runNewestAction()) toasts.show('There is nothing to undo')
}

async function redo(editor: LazyEditor): Promise<void> {
  if (!(await editor.redo())) toasts.show('There is nothing to do again')
}
