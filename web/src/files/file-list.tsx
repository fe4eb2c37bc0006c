import { useRouter } from '@tanstack/react-router'
import type { NodeId } from '@cloudsync/protocol'
import { useEffect, type ReactNode } from 'react'
import type { SeenSpace } from '../access/seen-space.ts'
import { useAbilities } from '../access/use-abilities.ts'
import type { OpenTree } from '../tree/space-trees.ts'
import { useUpload } from '../uploads/uploads-context.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import type { DroppedEntries } from '../uploads/dropped-entries.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { PanelLayout, PanelPlace } from '../ui/panel-layout.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { DropPane } from './drop-pane.tsx'
import { FileGrid, GridSkeleton } from './file-grid.tsx'
import { RowNameInput } from './file-row.tsx'
import { recallPlace, rememberPlace } from './list-memory.ts'
import { useFileList } from './use-file-list.ts'

const ListActions = lazyPart(async () => (await import('./list-actions.tsx')).ListActions)
const FileMenu = lazyPart(async () => (await import('./file-menu.tsx')).FileMenu)
const EmptyFolder = lazyPart(async () => (await import('./empty-folder.tsx')).EmptyFolder)
const NewNodeRow = lazyPart(async () => (await import('./new-node-row.tsx')).NewNodeRow)
const DetailsPanel = lazyPart(
  async () => (await import('../details/details-panel.tsx')).DetailsPanel,
  <PanelPlace />,
)
const NoAccess = lazyPart(async () => (await import('../access/no-access.tsx')).NoAccess)
const ListDialogs = lazyPart(async () => (await import('./list-dialogs.tsx')).ListDialogs)

export interface FileListProps {
  readonly space: SeenSpace
  readonly opened: OpenTree
  readonly folder: { readonly id: NodeId; readonly name: string; readonly parentId: NodeId | null }
  /** The way up, before the title. */
  readonly lead: ReactNode
}

/** A larger folder is not opened as a document only to see who is in it. */
const showsPeopleUpTo = 5_000

/** The entries of a folder: the list, what can be done with it, and a pane that takes what is dropped on it. */
export function FileList({ space, opened, folder, lead }: FileListProps) {
  const { id, name, parentId } = folder
  const { may, isKnown, isGone } = useAbilities(space, id)
  const list = useFileList({ space, folderId: id, parentId, opened, may })
  const upload = useUpload()
  const onFiles = (entries: DroppedEntries) => upload(opened.tree, id, entries)
  usePageTitle(name)
  usePreloadedCode(opened)
  const { focus } = list.selection
  useEffect(() => rememberPlace(id, { focus }), [id, focus])
  return (
    <DropPane isEnabled={may.canCreate} target={name} onDrop={onFiles}>
      <PageHeader title={name} lead={lead}>
        <ListActions
          space={space}
          folder={folder}
          opened={opened}
          isGone={isGone}
          isReadOnly={isKnown && !isGone && !may.canCreate && !may.canEdit}
          commands={list.commands}
          selected={list.selectedCount > 1 ? list.commands.nodes : []}
          showsPeople={list.view.isComplete && list.view.nodes.length <= showsPeopleUpTo}
          showsDetails={list.showsDetails}
          onFiles={onFiles}
        />
      </PageHeader>
      <PanelLayout
        panel={
          list.showsDetails &&
          !isGone && (
            <DetailsPanel
              space={space}
              opened={opened}
              folderId={id}
              nodes={list.commands.nodes}
              onClose={() => list.setShowsDetails(false)}
            />
          )
        }
        onContextMenu={(event) => {
          if (!may.canCreate || event.defaultPrevented) return
          event.preventDefault()
          const anchor = { x: event.clientX, y: event.clientY, width: 0, height: 0 }
          list.setMenu({ id: undefined, label: `Actions in ${name}`, anchor })
        }}
      >
        {isGone ? (
          <NoAccess name={name} />
        ) : (
          <FileListBody folder={folder} opened={opened} list={list} onFiles={onFiles} />
        )}
      </PanelLayout>
      {list.menu && (
        <FileMenu
          state={list.menu}
          commands={list.commands}
          onClose={() => list.setMenu(undefined)}
        />
      )}
      {list.dialog && (
        <ListDialogs
          dialog={list.dialog}
          space={space}
          opened={opened}
          list={list}
          onClose={() => list.setDialog(undefined)}
        />
      )}
    </DropPane>
  )
}

const idleMs = 1_500
const comingNext = [FileMenu, NewNodeRow, RowNameInput, EmptyFolder, DetailsPanel, ListDialogs]
const anyFolder = {
  to: '/spaces/$spaceId/folders/$folderId',
  params: { spaceId: 'any', folderId: 'any' },
} as const

/** Fetches code that comes next while somebody looks at the list: what they do is done the faster. */
function usePreloadedCode({ editor }: OpenTree) {
  const router = useRouter()
  useEffect(() => {
    editor.preload()
    void router.preloadRoute(anyFolder).catch(() => {})
    const timer = setTimeout(() => {
      for (const part of comingNext) part.preload()
      void router.preloadRoute({ to: '/files/$nodeId', params: { nodeId: 'any' } }).catch(() => {})
    }, idleMs)
    return () => clearTimeout(timer)
  }, [router, editor])
}

interface FileListBodyProps {
  readonly folder: FileListProps['folder']
  readonly opened: OpenTree
  readonly list: ReturnType<typeof useFileList>
  readonly onFiles: (entries: DroppedEntries) => void
}

function FileListBody({ folder, opened, list, onFiles }: FileListBodyProps) {
  const { view, nodes, naming } = list
  const isPending = !view.isComplete && nodes.length === 0
  const showsSkeleton = useDelayed(isPending, 200)
  if (view.state.kind === 'failed' && nodes.length === 0) {
    return <ErrorState error={view.state.error} onRetry={() => void opened.tree.refresh()} />
  }
  if (isPending) return showsSkeleton && <GridSkeleton />
  if (nodes.length === 0 && !naming) {
    return (
      <EmptyFolder
        canEdit={list.commands.mayInFolder.canCreate}
        onNew={() => list.commands.startNaming('text')}
        onFiles={onFiles}
      />
    )
  }
  return (
    <FileGrid
      label={`Files in ${folder.name}`}
      nodes={nodes}
      sort={list.sort}
      onSort={list.sortBy}
      selection={list.selection}
      renaming={list.renaming}
      actions={list.actions}
      commands={list.commands}
      clip={list.commands.clip}
      opened={opened}
      canEdit={list.commands.mayInFolder.canTake}
      initialScrollTop={recallPlace(folder.id)?.scrollTop ?? 0}
      onScroll={(scrollTop) => rememberPlace(folder.id, { scrollTop })}
      draft={
        naming && (
          <NewNodeRow
            key={naming}
            kind={naming}
            siblings={nodes}
            onDone={list.create}
            onCancel={list.endNaming}
          />
        )
      }
    />
  )
}
